/** Addresses that mean something else already: not released (K04), and not given to a tunnel (K03). */
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { openTestStore } from '../store/testing.ts';
import { newReport, newWireguardKey, ticketOf } from './testing/values.ts';
import { TestCloud } from './testing.ts';

/** Milliseconds that a condition may take to come true on a busy machine. */
const PATIENCE = 20_000;
const ADMINISTRATOR = 'admin@example.test';
const GATEWAY = 'gw-1';
const RELAY = '203.0.113.20';
const ROUTER = '192.168.1.1';

let cloud: TestCloud;

beforeAll(async () => {
  const relay = { name: 'relay0.c-us', region: 'c-us', host: 'relay.example', port: 443, address: RELAY } as const;
  cloud = await TestCloud.create(await openTestStore(), { relays: [relay] });
  await cloud.accept(ADMINISTRATOR, (await cloud.firstLogin()).code);
  await cloud.addGateway(ADMINISTRATOR, GATEWAY);
}, 60_000);
afterAll(() => cloud.close());

/** Ends what the test before has left running. */
beforeEach(async () => {
  await cloud.call(ADMINISTRATOR, 'POST', `/api/gateways/${GATEWAY}/end-sessions`);
  await cloud.listener.reported(GATEWAY, newReport());
});

const release = (address: string) => [{ gateway: GATEWAY, target: { address } }];

function newSession(address: string) {
  return cloud.call(ADMINISTRATOR, 'POST', '/api/sessions', {
    ...{ name: 'Pump', description: '', reason: '', users: [], maximumMinutes: 30 },
    released: release(address),
  });
}

const start = (id: string) => cloud.call(ADMINISTRATOR, 'POST', `/api/sessions/${id}/start`);

async function redeem(ticket: string, occupied: readonly string[]) {
  const client = { version: '1.0.0', platform: 'linux', computer: 'laptop' };
  const body = { ticket, publicKey: newWireguardKey(), client, occupied };
  return cloud.call(null, 'POST', '/client/v1/redeem', body);
}

async function tunnelAddress(): Promise<string | undefined> {
  return (
    await cloud.store.read
      .selectFrom('gateways')
      .select('tunnel_address')
      .where('registration_id', '=', GATEWAY)
      .executeTakeFirst()
  )?.tunnel_address;
}

test.each([
  ["a relay's", RELAY, 'the relay relay0.c-us'],
  ["the gateway's router's", ROUTER, 'the WAN side of the gateway'],
])('K04: %s address is refused when a session is saved, and named', async (_whose, address, what) => {
  await cloud.listener.reported(GATEWAY, newReport({ occupied: [`${ROUTER}/32`, '192.168.1.0/24'] }));
  const refused = await newSession(address);
  expect(refused).toMatchObject({ status: 409, body: { code: 'address-in-the-way' } });
  expect(refused.body.detail).toContain(address);
  expect(refused.body.detail).toContain(what);
  const { body: session } = await newSession('192.168.250.10');
  const changed = { released: release(address) };
  const { body } = await cloud.call(ADMINISTRATOR, 'PUT', `/api/sessions/${session.id}/released`, changed);
  expect(body.code).toBe('address-in-the-way');
});

test('K04: a gateway that has come into another network since is told at the start, with the address', async () => {
  const { body: session } = await newSession(ROUTER);
  await cloud.listener.reported(GATEWAY, newReport({ occupied: [`${ROUTER}/32`] }));
  const { status, body } = await start(session.id);
  expect(status).toBe(409);
  expect(body.missing).toMatchObject([{ precondition: 'address-in-the-way', gateway: GATEWAY, address: ROUTER }]);
  expect(body.missing[0].message).toContain(`${ROUTER} is used on the WAN side`);
});

test('K04: a device with the address of a relay is released once it is mapped', async () => {
  const device = { name: 'Old panel', kind: 'hmi', address: RELAY, isMapped: true };
  const added = await cloud.call(ADMINISTRATOR, 'POST', `/api/gateways/${GATEWAY}/devices`, device);
  expect(added.status).toBe(200);
  expect((await newSession(RELAY)).status).toBe(200);
});

test('K03: a gateway whose carrier uses its tunnel address gets another one, once, and the log tells', async () => {
  const before = (await tunnelAddress()) ?? '';
  const report = newReport({ occupied: [`${before}/32`, '100.64.0.0/24'] });
  await cloud.listener.reported(GATEWAY, report);
  const after = await tunnelAddress();
  expect(after).toBe('100.64.1.1');
  await vi.waitFor(() => expect(cloud.hub.desired.get(GATEWAY)?.tunnelAddress).toBe(after), PATIENCE);
  await cloud.listener.reported(GATEWAY, report);
  expect(await tunnelAddress()).toBe(after);
  const { body } = await cloud.call(ADMINISTRATOR, 'GET', '/api/audit?limit=50');
  const moves = body.filter(({ action }: { action: string }) => action === 'gateway-address-changed');
  expect(moves).toMatchObject([{ gateway: GATEWAY, details: { before, tunnelAddress: after } }]);
});

test('K03: a running session keeps the address of its gateway, unless the gateway itself cannot use it', async () => {
  const { body: session } = await newSession('192.168.250.10');
  await cloud.join(ticketOf((await start(session.id)).body.link));
  const before = (await tunnelAddress()) ?? '';
  await cloud.listener.reported(GATEWAY, newReport({ occupied: ['100.64.0.0/16'] }));
  expect(await tunnelAddress()).toBe(before);
  await cloud.listener.reported(GATEWAY, newReport({ occupied: [`${before}/32`, '100.64.0.0/16'] }));
  expect(await tunnelAddress()).toBe('100.65.0.1');
});

test("K03: a client gets an address that is used neither by its own carrier nor by the gateway's", async () => {
  await cloud.listener.reported(GATEWAY, newReport({ occupied: ['100.96.1.1/32', '100.96.1.0/24'] }));
  const { body: session } = await newSession('192.168.250.10');
  const { body } = await redeem(ticketOf((await start(session.id)).body.link), ['100.96.0.1/32', '100.96.0.0/24']);
  expect(body.address).toBe('100.96.2.1');
});

test('K03: with another network configured, gateways move into it and clients are given its addresses', async () => {
  await cloud.restart({ tunnelNetwork: '100.80.16.0/20' });
  await cloud.switchOn(GATEWAY);
  expect(await tunnelAddress()).toBe('100.80.16.1');
  const { body: session } = await newSession('192.168.250.10');
  const { body } = await redeem(ticketOf((await start(session.id)).body.link), []);
  expect(body.address).toBe('100.80.24.1');
});
