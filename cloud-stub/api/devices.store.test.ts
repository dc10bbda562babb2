/** Devices behind gateways over HTTP (C8), and devices that have the same address (T6, T7). */
import { gatewayConfiguration } from '@edgegateway/protocol/gateway-configuration';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openTestStore } from '../store/testing.ts';
import type { SessionRelease } from './contract.ts';
import { ticketOf } from './testing/values.ts';
import { TestCloud } from './testing.ts';

/** Milliseconds that a condition may take to come true on a busy machine. */
const PATIENCE = 20_000;

const ADMINISTRATOR = 'admin@example.test';
const ADDRESS = '192.168.250.10';
const PUMP = { name: 'Pump', kind: 'controller', address: ADDRESS } as const;

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await TestCloud.create(await openTestStore());
  await cloud.accept(ADMINISTRATOR, (await cloud.firstLogin()).code);
  for (const gateway of ['gw-1', 'gw-2']) await cloud.addGateway(ADMINISTRATOR, gateway);
}, 60_000);
afterAll(() => cloud.close());

async function add(gateway: string, wanted: object) {
  const { status, body } = await cloud.call(ADMINISTRATOR, 'POST', `/api/gateways/${gateway}/devices`, wanted);
  expect(status).toBe(200);
  return body;
}

const change = (id: string, wanted: object) => cloud.call(ADMINISTRATOR, 'PUT', `/api/devices/${id}`, wanted);
const remove = (id: string) => cloud.call(ADMINISTRATOR, 'DELETE', `/api/devices/${id}`);

function newSession(name: string) {
  return cloud.call(ADMINISTRATOR, 'POST', '/api/sessions', {
    ...{ name, description: '', reason: '', users: [], maximumMinutes: 30 },
    released: ['gw-1', 'gw-2'].map((gateway) => ({ gateway, target: { address: ADDRESS } })),
  });
}

test('C8: what is known about a device is kept, and every change is in the audit log', async () => {
  const services = [{ name: 'Web page', protocol: 'tcp', port: 80 }];
  const device = await add('gw-1', { ...PUMP, address: '192.168.250.20', notes: 'Cabinet 4' });
  expect(device).toMatchObject({ services: [], notes: 'Cabinet 4', link: null, mappedAddress: null });
  const { body } = await change(device.id, {
    ...PUMP,
    address: '192.168.250.21',
    services,
    link: 'https://a.example/1',
  });
  expect(body).toMatchObject({ address: '192.168.250.21', services, notes: '', link: 'https://a.example/1' });
  const { body: audit } = await cloud.call(ADMINISTRATOR, 'GET', '/api/audit?limit=1');
  expect(audit[0]).toMatchObject({ action: 'device-changed', gateway: 'gw-1', details: { name: 'Pump', services } });
  expect((await remove(device.id)).status).toBe(204);
});

test('C8: a device cannot take the address of another one behind its gateway', async () => {
  const first = await add('gw-1', PUMP);
  const second = await add('gw-1', { ...PUMP, address: '192.168.250.11' });
  expect((await change(second.id, PUMP)).body.code).toBe('address-taken');
  expect((await change(first.id, { ...PUMP, name: 'Same address' })).status).toBe(200);
  for (const { id } of [first, second]) await remove(id);
});

test('a link that is no web address is refused', async () => {
  const link = 'javascript:alert(1)';
  const { status } = await cloud.call(ADMINISTRATOR, 'POST', '/api/gateways/gw-1/devices', { ...PUMP, link });
  expect(status).toBe(400);
});

test('T6, T7, K14: two devices with the same address are reached in one session once one of them is mapped', async () => {
  const inFirst = await add('gw-1', PUMP);
  await add('gw-2', PUMP);
  expect((await newSession('Both')).body.code).toBe('same-address-twice');
  const { mappedAddress } = (await change(inFirst.id, { ...PUMP, isMapped: true })).body;
  expect(mappedAddress).toMatch(/^100\.112\./);
  const { body: session } = await newSession('Both');
  expect(session.released.map(({ reachedAs }: { reachedAs: string }) => reachedAs)).toEqual([mappedAddress, ADDRESS]);

  const { body: started } = await cloud.call(ADMINISTRATOR, 'POST', `/api/sessions/${session.id}/start`);
  const { body: configuration } = await cloud.join(ticketOf(started.link));
  const translations = [{ address: ADDRESS, mapped: mappedAddress }];
  expect(configuration.gateways).toMatchObject([{ registrationId: 'gw-1', translations }, { registrationId: 'gw-2' }]);
  expect(configuration.gateways[1].translations).toBeUndefined();
  const desired = gatewayConfiguration.parse(cloud.hub.desired.get('gw-1'));
  expect(desired.sessions[session.id]).toMatchObject({ released: [{ address: ADDRESS }], translations });

  const inSecond = await add('gw-2', { ...PUMP, address: '192.168.250.12' });
  await change(inSecond.id, { ...PUMP, address: '192.168.250.12', isMapped: true });
  const released = [
    ...session.released.map(({ gateway, target }: SessionRelease) => ({ gateway, target })),
    { gateway: 'gw-2', target: { address: '192.168.250.12' } },
  ];
  await cloud.call(ADMINISTRATOR, 'PUT', `/api/sessions/${session.id}/released`, { released });
  const translated = () => cloud.hub.desired.get('gw-2')?.sessions[session.id]?.translations;
  await vi.waitFor(() => expect(translated()).toHaveLength(1), PATIENCE);
  await remove(inSecond.id);
  await vi.waitFor(() => expect(translated()).toBeUndefined(), PATIENCE);

  expect((await change(inFirst.id, PUMP)).body.code).toBe('mapping-needed');
  expect((await remove(inFirst.id)).body.code).toBe('mapping-needed');
});
