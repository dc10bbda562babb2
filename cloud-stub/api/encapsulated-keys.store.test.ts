/** What clients encapsulate for their gateways goes through the cloud to exactly these (A2, C4, C6, T1). */
import { randomBytes } from 'node:crypto';
import {
  CLIENT_EVENTS_PATH,
  type ClientConfiguration,
  cloudToClient,
  type KeyForGateway,
} from '@edgegateway/protocol/client-api';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { openTestStore } from '../store/testing.ts';
import type { Session } from './contract.ts';
import { keysFor, newReport, ticketOf } from './testing/values.ts';
import { TestCloud } from './testing.ts';

const PATIENCE = { timeout: 20_000 };
const ADMINISTRATOR = 'admin@example.test';

let cloud: TestCloud;
let session: Session;
const report = newReport();
const sockets: WebSocket[] = [];

beforeAll(async () => {
  cloud = await TestCloud.create(await openTestStore());
  await cloud.accept(ADMINISTRATOR, (await cloud.firstLogin()).code);
  for (const gateway of ['gw-1', 'gw-2']) await cloud.addGateway(ADMINISTRATOR, gateway);
}, 60_000);
afterAll(() => cloud.close());

beforeEach(async () => {
  await cloud.switchOn('gw-1', report);
  session = await cloud.addSession(ADMINISTRATOR, ['gw-1']);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await cloud.call(ADMINISTRATOR, 'POST', `/api/sessions/${session.id}/end`);
});

async function redeem(of = session): Promise<ClientConfiguration> {
  const { body } = await cloud.call(ADMINISTRATOR, 'POST', `/api/sessions/${of.id}/start`);
  return (await cloud.redeem(ticketOf(body.link))).body;
}

/** A client on its event channel: the configurations that it was sent, and what it sends. */
async function client({ eventToken }: ClientConfiguration) {
  const told: ClientConfiguration[] = [];
  const onInit = (socket: WebSocket): void =>
    void socket.on('message', (data: Buffer) => {
      const message = cloudToClient.parse(JSON.parse(data.toString()));
      if (message.type === 'configuration') told.push(message.configuration);
    });
  const headers = { authorization: `Bearer ${eventToken}` };
  const socket = await cloud.app.injectWS(CLIENT_EVENTS_PATH, { headers }, { onInit });
  sockets.push(socket);
  await vi.waitFor(() => expect(told).toHaveLength(1), PATIENCE);
  return {
    told,
    /** Fulfilled when the cloud has taken them, whatever it thinks of them. */
    handIn: async (keys: readonly KeyForGateway[]): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const log = crypto.randomUUID();
      const detail = { kind: 'tunnel-lost', sessionId: session.id, reason: 'none' };
      const event = { log, sequence: 1, at: cloud.now().toISOString(), detail };
      // Messages are taken one after the other.
      socket.on('message', (data: Buffer) => {
        if (data.toString().includes(log)) resolve();
      });
      socket.send(JSON.stringify({ type: 'encapsulated-keys', keys }));
      socket.send(JSON.stringify({ type: 'events', batch: { events: [event] } }));
      await promise;
    },
  };
}

const atGateway = (gateway = 'gw-1', of = session) =>
  cloud.hub.desired.get(gateway)?.sessions[of.id]?.encapsulatedKey ?? null;
const another = (keys: readonly KeyForGateway[]) =>
  keys.map((key) => ({ ...key, encapsulatedKey: randomBytes(1088).toString('base64') }));
const only = (keys: readonly KeyForGateway[]) => keys[0]?.encapsulatedKey ?? '';

test('C4, T1: a client is told the key of its gateway, which is told of no session without what the client made of it', async () => {
  const configuration = await redeem();
  expect(configuration.gateways.map(({ encapsulationKey }) => encapsulationKey)).toEqual([report.encapsulationKey]);
  const { handIn } = await client(configuration);
  await handIn([]);
  expect(atGateway()).toBeNull();
  await handIn(keysFor(configuration));
  expect(atGateway()).toBe(only(keysFor(configuration)));
});

test('T1: the first one stays: the same again changes nothing, another one is refused', async () => {
  const configuration = await redeem();
  const { handIn } = await client(configuration);
  const keys = keysFor(configuration);
  await handIn(keys);
  await handIn(keys);
  await handIn(another(keys));
  expect(atGateway()).toBe(only(keys));
  const again = await client(configuration);
  await again.handIn(another(keys));
  await again.handIn(keys);
  expect(atGateway()).toBe(only(keys));
});

test('A2: a client hands in a key for the gateways of its own run only', async () => {
  const other = await cloud.addSession(ADMINISTRATOR, ['gw-1', 'gw-2']);
  const [own, strangers] = [await redeem(), await redeem(other)];
  const { handIn } = await client(own);
  await handIn([...keysFor(own), ...another(keysFor(strangers).slice(1))]);
  expect(atGateway()).toBe(only(keysFor(own)));
  expect([atGateway('gw-2'), atGateway('gw-1', other), atGateway('gw-2', other)]).toEqual([null, null, null]);
  await cloud.handInKeys(strangers.eventToken);
  expect(atGateway('gw-1', other)).toBe(only(keysFor(strangers)));
  expect(atGateway()).toBe(only(keysFor(own)));
  await cloud.call(ADMINISTRATOR, 'POST', `/api/sessions/${other.id}/end`);
});

test('T1: another run of the session needs another key', async () => {
  await cloud.handInKeys((await redeem()).eventToken);
  await cloud.call(ADMINISTRATOR, 'POST', `/api/sessions/${session.id}/end`);
  const configuration = await redeem();
  expect(atGateway()).toBeNull();
  await cloud.handInKeys(configuration.eventToken);
  expect(atGateway()).toBe(only(keysFor(configuration)));
});

test('T1: a gateway with another encapsulation key has the session only with what was made for that one', async () => {
  const configuration = await redeem();
  const { told, handIn } = await client(configuration);
  await handIn(keysFor(configuration));
  const { encapsulationKey } = newReport();
  await cloud.listener.reported('gw-1', { ...report, encapsulationKey });
  expect(atGateway()).toBeNull();
  await vi.waitFor(() => expect(told).toHaveLength(2), PATIENCE);
  expect(told[1]?.gateways[0]?.encapsulationKey).toBe(encapsulationKey);
  await handIn(another(keysFor(configuration)));
  expect(atGateway()).toBeNull();
  const keys = keysFor({ ...configuration, gateways: told[1]?.gateways ?? [] });
  await handIn(keys);
  expect(atGateway()).toBe(only(keys));
  await handIn(another(keysFor(configuration)));
  expect(atGateway()).toBe(only(keys));
});
