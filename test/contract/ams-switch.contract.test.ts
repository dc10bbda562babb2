import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { amsError, overview } from '@edgegateway/appliance/contract';
import { type SwitchFlag, switchFlag } from '@edgegateway/protocol/gateway-files';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../lab/until.ts';
import { AmsFixture } from './ams-fixture.ts';

const SESSION = {
  sessionId: '5f6f2f4e-7c3e-4a0f-9d0b-0f6a1f5f7a11',
  name: 'Pump 7',
  user: 'A. Technician',
  clientPublicKey: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  released: [],
  expiresAt: '2030-01-01T00:00:00.000Z',
  state: 'connected',
  path: 'relay',
  connectedSince: '2026-01-01T00:00:00.000Z',
  receivedBytes: 1,
  sentBytes: 2,
};

let ams: AmsFixture;

beforeEach(async () => {
  ams = await AmsFixture.create();
});

afterEach(() => ams.close());

async function everythingRuns(environment: Readonly<Record<string, string>> = {}): Promise<void> {
  await ams.startBus();
  await ams.startSystemd(environment);
  await ams.startAms();
  await ams.setUp();
  await stateIs('off');
}

async function readOverview() {
  return overview.parse((await ams.ask('GET', '/api/overview')).json());
}

async function flag(): Promise<SwitchFlag> {
  return switchFlag.parse(JSON.parse(await readFile(ams.flagFile, 'utf8')));
}

async function stateIs(state: string): Promise<void> {
  await until(`the switch is ${state}`, async () => (await readOverview()).remoteConnect.state === state);
}

describe('the switch, over HTTPS, through an inherited socket', () => {
  test('G2: is off as delivered, and nothing runs', async () => {
    await everythingRuns();
    expect(await readOverview()).toMatchObject({
      remoteConnect: { state: 'off' },
      service: null,
      registrationId: 'edge-0042',
    });
    expect(existsSync(ams.flagFile)).toBe(false);
  });

  test('G3: on until switched off, then G4: off, with the service gone and cleaned up after', async () => {
    await everythingRuns();
    const on = await ams.ask('PUT', '/api/remoteconnect', { on: true, forMinutes: null });
    expect(on.status).toBe(200);
    expect(overview.parse(on.json()).remoteConnect).toEqual({ state: 'on', until: null });
    expect((await flag()).until).toBeNull();
    await until('the service tells its status', async () => (await readOverview()).service !== null);
    const off = await ams.ask('PUT', '/api/remoteconnect', { on: false });
    expect(overview.parse(off.json()).remoteConnect).toEqual({ state: 'off' });
    expect(existsSync(ams.flagFile)).toBe(false);
    expect(existsSync(join(ams.directory, 'stop-post-ran'))).toBe(true);
    await until('the service is gone from the bus', async () => (await readOverview()).service === null);
  });

  test('G3: on for a time writes until when into the flag', async () => {
    await everythingRuns();
    const before = Date.now();
    const answer = await ams.ask('PUT', '/api/remoteconnect', { on: true, forMinutes: 30 });
    const { remoteConnect } = overview.parse(answer.json());
    const told = remoteConnect.state === 'on' ? (remoteConnect.until ?? '') : '';
    expect(Date.parse(told)).toBeGreaterThanOrEqual(before + 30 * 60_000);
    expect((await flag()).until).toBe(told);
  });

  test('G3, G4: the flag names the switching on, which a longer time leaves the same and an off does not', async () => {
    await everythingRuns();
    await ams.ask('PUT', '/api/remoteconnect', { on: true, forMinutes: 30 });
    const { id } = await flag();
    await ams.ask('PUT', '/api/remoteconnect', { on: true, forMinutes: null });
    expect(await flag()).toEqual({ id, until: null });
    await ams.ask('PUT', '/api/remoteconnect', { on: false });
    await ams.ask('PUT', '/api/remoteconnect', { on: true, forMinutes: null });
    expect((await flag()).id).not.toBe(id);
  });

  test('a service that cannot start leaves no flag, and the refusal says so', async () => {
    await everythingRuns({ AMS_TEST_BEHAVIOUR: 'exit' });
    const answer = await ams.ask('PUT', '/api/remoteconnect', { on: true, forMinutes: null });
    expect(answer.status).toBe(502);
    expect(amsError.parse(answer.json()).code).toBe('switching-failed');
    expect(existsSync(ams.flagFile)).toBe(false);
    await stateIs('off');
  });

  test('G4: off overtakes an on that hangs', async () => {
    await everythingRuns({ AMS_TEST_BEHAVIOUR: 'hang' });
    const on = ams.ask('PUT', '/api/remoteconnect', { on: true, forMinutes: null });
    await stateIs('switching-on');
    const off = await ams.ask('PUT', '/api/remoteconnect', { on: false });
    expect(off.status).toBe(200);
    expect(amsError.parse((await on).json()).code).toBe('switching-failed');
    expect(existsSync(ams.flagFile)).toBe(false);
    await stateIs('off');
  });

  test('a connection is ended at the plant; one that does not exist is not found', async () => {
    await everythingRuns({ FAKE_SESSIONS: JSON.stringify([SESSION]) });
    await ams.ask('PUT', '/api/remoteconnect', { on: true, forMinutes: null });
    await until('the connection is shown', async () => (await readOverview()).service?.connections.length === 1);
    expect((await ams.ask('POST', `/api/connections/${SESSION.sessionId}/end`)).status).toBe(200);
    await until('the connection is gone', async () => (await readOverview()).service?.connections.length === 0);
    expect((await ams.ask('POST', `/api/connections/${SESSION.sessionId}/end`)).status).toBe(404);
  });
});

/** Of the only connection. */
const state = async () => (await readOverview()).service?.connections[0]?.state;

describe('approval by the plant (P3)', () => {
  const asking = {
    ...SESSION,
    ...{ state: 'waiting-for-approval', path: null, connectedSince: null },
    approval: { email: 't@service.example', reason: '', until: '2030-01-01T00:00:00.000Z', approvedBy: null },
  };
  const { sessionId, clientPublicKey } = asking;
  const answer = (verb: string, body: object) => ams.ask('POST', `/api/connections/${sessionId}/${verb}`, body);

  beforeEach(async () => {
    await everythingRuns({ FAKE_SESSIONS: JSON.stringify([asking]) });
    await ams.ask('PUT', '/api/remoteconnect', { on: true, forMinutes: null });
    await until('somebody asks', async () => (await state()) === 'waiting-for-approval');
  });

  test('a yes is for the key that was shown and no other, and counts once', async () => {
    const otherKey = `B${clientPublicKey.slice(1)}`;
    expect((await answer('approve', { clientPublicKey: otherKey })).status).toBe(404);
    expect(await state()).toBe('waiting-for-approval');
    expect((await answer('approve', { clientPublicKey })).status).toBe(200);
    await until('the technician is let in', async () => (await state()) === 'waiting');
    expect((await answer('approve', { clientPublicKey })).status).toBe(404);
  });

  test('a no ends it; words that are too long are refused', async () => {
    expect((await answer('refuse', { clientPublicKey, words: 'x'.repeat(201) })).status).toBe(400);
    expect((await answer('refuse', { clientPublicKey, words: 'Not now' })).status).toBe(200);
    await until('the session has ended', async () => (await state()) === 'ended');
  });
});

describe('when the bus or systemd go', () => {
  test('without systemd the state is unknown, on is refused without a flag, and off still takes the flag away', async () => {
    await everythingRuns();
    await ams.ask('PUT', '/api/remoteconnect', { on: true, forMinutes: null });
    await ams.stopSystemd();
    await stateIs('unknown');
    const off = await ams.ask('PUT', '/api/remoteconnect', { on: false });
    expect(amsError.parse(off.json()).code).toBe('systemd-unavailable');
    expect(existsSync(ams.flagFile)).toBe(false);
    const on = await ams.ask('PUT', '/api/remoteconnect', { on: true, forMinutes: null });
    expect(amsError.parse(on.json()).code).toBe('systemd-unavailable');
    expect(existsSync(ams.flagFile)).toBe(false);
    await ams.startSystemd();
    await stateIs('off');
  });

  test('a bus that was lost is found again', async () => {
    await everythingRuns();
    await ams.stopSystemd();
    await ams.stopBus();
    await stateIs('unknown');
    await ams.startBus();
    await ams.startSystemd();
    await stateIs('off');
    const on = await ams.ask('PUT', '/api/remoteconnect', { on: true, forMinutes: null });
    expect(overview.parse(on.json()).remoteConnect).toEqual({ state: 'on', until: null });
  });
});
