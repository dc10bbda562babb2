import { expect, it } from 'vitest';
import type { SessionProgress } from '../../api/contract.ts';
import { progressSteps } from './progress-steps.ts';

const nothingYet: SessionProgress = {
  ticketRedeemedAt: null,
  computer: null,
  gateways: { a: 'waiting' },
  approvals: {},
  peers: [],
};
const opened = { ...nothingYet, ticketRedeemedAt: '2026-11-24T09:00:00.000Z' };
const peer: SessionProgress['peers'][number] = {
  registrationId: 'a',
  state: 'connecting',
  path: null,
  relayReason: null,
  relay: null,
  roundTripMilliseconds: null,
  mtu: null,
  lastHandshakeAt: null,
  receivedBytes: 0,
  sentBytes: 0,
};
const over = (path: 'relay' | 'direct') => ({
  ...opened,
  gateways: { a: 'connected' as const },
  peers: [{ ...peer, state: 'connected' as const, path, relay: 'relay0.c-us' }],
});
const states = (...asked: Parameters<typeof progressSteps>) =>
  Object.fromEntries(progressSteps(...asked).map(({ name, state }) => [name, state]));

it('right after the start, client and gateways are waited for', () => {
  expect(states('starting', nothingYet)).toEqual({
    started: 'done',
    client: 'current',
    gateways: 'current',
    relay: 'pending',
    connected: 'pending',
    direct: 'pending',
  });
});

it('once both are there, the relay and the first data are waited for', () => {
  expect(states('starting', { ...opened, gateways: { a: 'prepared', b: 'connected' } })).toMatchObject({
    client: 'done',
    gateways: 'done',
    relay: 'current',
    connected: 'current',
    direct: 'pending',
  });
});

it('the relay is met before the first data comes', () => {
  const met = { ...opened, gateways: { a: 'prepared' as const }, peers: [{ ...peer, relay: 'relay0.c-us' }] };
  expect(states('starting', met)).toMatchObject({ relay: 'done', connected: 'current' });
});

it('T2: over the relay a direct path is looked for; on it, it is there', () => {
  expect(states('active', over('relay'))).toMatchObject({ connected: 'done', direct: 'current' });
  expect(states('active', over('direct'))).toMatchObject({ connected: 'done', direct: 'done' });
});

it('one gateway that failed is told, whatever the others do', () => {
  expect(states('starting', { ...opened, gateways: { a: 'prepared', b: 'failed' } })['gateways']).toBe('failed');
});

it('P3: the approval of the plant is a step only where it is asked for', () => {
  const asked = { ...opened, gateways: { a: 'waiting-for-approval' as const }, approvals: { a: null } };
  expect(states('waiting-for-approval', asked)).toMatchObject({ approval: 'current', gateways: 'current' });
  const yes = { a: { by: 'shift lead', at: '2026-11-24T09:00:00.000Z' } };
  expect(states('starting', { ...asked, gateways: { a: 'prepared' }, approvals: yes })['approval']).toBe('done');
  expect(states('active', { ...asked, gateways: { a: 'refused' } })['approval']).toBe('failed');
});
