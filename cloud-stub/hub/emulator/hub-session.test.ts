import fc from 'fast-check';
import { generate, type IConnectPacket, type Packet } from 'mqtt-packet';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { HubListener } from '../hub.ts';
import { CONNECT, createHubBench, GATEWAY, type HubBench, newCertificatePem } from './testing.ts';

/** Milliseconds that a condition may take to come true on a busy machine. */
const PATIENCE = 20_000;

let certificatePem: string;
let bench: HubBench;
const listener = {
  connectionChanged: vi.fn<HubListener['connectionChanged']>(),
  reported: vi.fn<HubListener['reported']>(),
  telemetry: vi.fn<HubListener['telemetry']>(),
};

beforeAll(async () => {
  certificatePem = await newCertificatePem(GATEWAY);
});
beforeEach(async () => {
  for (const told of Object.values(listener)) told.mockReset().mockResolvedValue(undefined);
  bench = await createHubBench(certificatePem, listener);
});
afterEach(() => {
  vi.useRealTimers();
});

const publish = (topic: string, payload: string, qos: 0 | 1 | 2 = 1): Packet => ({
  cmd: 'publish',
  topic,
  payload,
  qos,
  dup: false,
  retain: false,
  ...(qos === 0 ? {} : { messageId: 5 }),
});
const subscribe = (...topics: string[]): Packet => ({
  cmd: 'subscribe',
  messageId: 3,
  subscriptions: topics.map((topic) => ({ topic, qos: 0 as const })),
});
const EVENTS = `devices/${GATEWAY}/messages/events/%24.ct=application%2Fjson`;

const JSON_PROPERTIES = { system: { ct: 'application/json' }, application: {} };

async function connected() {
  const gateway = bench.connect();
  gateway.send(CONNECT);
  expect(await gateway.next()).toMatchObject({ cmd: 'connack', returnCode: 0 });
  return gateway;
}

test.each<[string, Partial<IConnectPacket>, number]>([
  ['another host', { username: `other.example/${GATEWAY}/?api-version=2021-04-12` }, 5],
  ['another device', { username: 'hub.example/gw-2/?api-version=2021-04-12' }, 5],
  ['an empty user name', { username: '' }, 5],
  ['no API version', { username: `hub.example/${GATEWAY}/` }, 5],
  ['another client id', { clientId: 'gw-2' }, 2],
  ['MQTT 5', { protocolVersion: 5 }, 1],
])('G7: CONNECT with %s is refused', async (_what, changes, returnCode) => {
  const gateway = bench.connect();
  gateway.send({ ...CONNECT, ...changes });
  expect(await gateway.next()).toMatchObject({ cmd: 'connack', returnCode });
  await gateway.ended;
  expect(listener.connectionChanged).not.toHaveBeenCalled();
});

test.each([
  ['a publish with QoS 2', publish(EVENTS, '{}', 2)],
  ['a second CONNECT', CONNECT],
  ["another gateway's events", publish('devices/gw-2/messages/events/', '{}')],
  ['an unknown topic', publish('somewhere/else', '{}')],
  ['a twin request without its id', publish('$iothub/twin/GET/', '')],
  ['a packet that only servers send', { cmd: 'pingresp' }],
] satisfies [string, Packet][])('G6: %s ends the connection', async (_what, packet) => {
  const gateway = await connected();
  gateway.send(packet);
  await gateway.ended;
  expect(gateway.problems).toHaveLength(1);
  expect(listener.telemetry).not.toHaveBeenCalled();
});

test('G6: anything before CONNECT ends the connection', async () => {
  const gateway = bench.connect();
  gateway.send(publish(EVENTS, '{}'));
  await gateway.ended;
  expect(gateway.problems).toEqual(['publish before CONNECT']);
});

test('G6: a gateway that is silent for one and a half keep-alives is taken for gone', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const gateway = await connected();
  gateway.send({ cmd: 'pingreq' });
  expect(await gateway.next()).toMatchObject({ cmd: 'pingresp' });
  vi.advanceTimersByTime(44_999);
  expect(bench.connected.find(GATEWAY)).not.toBeNull();
  vi.advanceTimersByTime(1);
  await gateway.ended;
  expect(gateway.problems).toEqual(['nothing came within the keep-alive']);
  expect(listener.connectionChanged.mock.calls.map(([, now]) => now)).toEqual([true, false]);
});

test('G6: a subscription is remembered before it is acknowledged; what a hub does not have is refused', async () => {
  const gateway = await connected();
  gateway.send(subscribe('$iothub/twin/res/#', 'devices/gw-2/messages/devicebound/#', '#'));
  expect(await gateway.next()).toMatchObject({ cmd: 'suback', granted: [0, 128, 128] });
  expect(bench.storage.saved.at(-1)?.subscriptions).toEqual({ '$iothub/twin/res/#': 0 });
});

test('G6: a session that is continued is present with its subscriptions; a clean one has none', async () => {
  (await connected()).send(subscribe('$iothub/twin/res/#'));
  await vi.waitFor(
    () => expect(bench.storage.saved.at(-1)?.subscriptions).toEqual({ '$iothub/twin/res/#': 0 }),
    PATIENCE,
  );
  const continued = bench.connect();
  continued.send(CONNECT, publish('$iothub/twin/GET/?$rid=1', '', 0));
  expect(await continued.next()).toMatchObject({ cmd: 'connack', sessionPresent: true });
  expect(await continued.next()).toMatchObject({ cmd: 'publish', topic: '$iothub/twin/res/200/?$rid=1' });
  const clean = bench.connect();
  clean.send({ ...CONNECT, clean: true });
  expect(await clean.next()).toMatchObject({ cmd: 'connack', sessionPresent: false });
  expect(bench.registry.find(GATEWAY)?.subscriptions).toEqual({});
});

test('G6: a report that cannot be saved is not acknowledged and changes nothing', async () => {
  const gateway = await connected();
  bench.storage.failure = new Error('disk full');
  gateway.send(publish('$iothub/twin/PATCH/properties/reported/?$rid=1', '{"a":1}', 1));
  await gateway.ended;
  expect(bench.registry.find(GATEWAY)?.reported).toEqual({ properties: {}, version: 1 });
});

const REPORT = {
  version: '0.1.0',
  wireguardPublicKey: Buffer.alloc(32).toString('base64'),
  encapsulationKey: Buffer.alloc(1184).toString('base64'),
  localNetworks: [],
  remoteConnect: 'on',
  switchOnId: '0b0e7d5c-2f4b-4c1e-9a57-6f1f0c9f7a01',
  sessions: {},
};

test('G6: a report that the cloud could not take reaches it on the next connection, once', async () => {
  listener.reported.mockRejectedValueOnce(new Error('the store is away'));
  const gateway = await connected();
  gateway.send(publish('$iothub/twin/PATCH/properties/reported/?$rid=1', JSON.stringify({ remoteConnect: REPORT })));
  await gateway.ended;
  await connected();
  await connected();
  expect(listener.reported.mock.calls).toEqual([
    [GATEWAY, REPORT],
    [GATEWAY, REPORT],
  ]);
});

test('G6: messages reach the cloud one after the other, in their order', async () => {
  const first = Promise.withResolvers<void>();
  listener.telemetry.mockReturnValueOnce(first.promise);
  const gateway = await connected();
  gateway.send(publish(EVENTS, '1'), publish(EVENTS, '2'));
  await vi.waitFor(() => expect(listener.telemetry).toHaveBeenCalledWith(GATEWAY, 1, JSON_PROPERTIES), PATIENCE);
  expect(listener.telemetry).toHaveBeenCalledOnce();
  first.resolve();
  await vi.waitFor(() => expect(listener.telemetry).toHaveBeenLastCalledWith(GATEWAY, 2, JSON_PROPERTIES), PATIENCE);
});

const PACKETS: readonly Packet[] = [
  CONNECT,
  subscribe('$iothub/twin/res/#'),
  { cmd: 'unsubscribe', messageId: 4, unsubscriptions: ['$iothub/twin/res/#'] },
  publish(EVENTS, '{"a":[1,2,3]}'),
  publish('$iothub/twin/GET/?$rid=1', '', 0),
  publish('$iothub/twin/PATCH/properties/reported/?$rid=2', '{"a":{"b":null}}', 0),
  { cmd: 'pingreq' },
  { cmd: 'puback', messageId: 1 },
  publish('$iothub/methods/res/200/?$rid=1', '{}', 0),
  { cmd: 'disconnect' },
];

test('G6: no bytes whatever break the hub; afterwards a gateway connects as ever', async () => {
  const random = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
  const good = fc.array(fc.constantFrom(...PACKETS), { minLength: 1, maxLength: 6 });
  const mutated = fc
    .tuple(fc.boolean(), good, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.nat())
    .map(([connectFirst, packets, changes, cut]) => {
      const all = connectFirst ? [CONNECT, ...packets] : packets;
      const bytes = Buffer.concat(all.map((packet) => generate(packet)));
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return bytes.subarray(0, cut % 3 === 0 ? cut % bytes.length : bytes.length);
    });
  const pieces = fc.oneof(random, mutated).chain((bytes) =>
    fc.array(fc.nat(bytes.length), { maxLength: 3 }).map((cuts) => {
      const borders = [0, ...cuts.sort((one, other) => one - other), bytes.length];
      return borders.slice(1).map((end, index) => bytes.subarray(borders[index], end));
    }),
  );
  await fc.assert(
    fc.asyncProperty(pieces, async (chunks) => {
      const gateway = bench.connect();
      for (const chunk of chunks) if (chunk.length > 0) gateway.sendBytes(chunk);
      gateway.end();
      await gateway.ended;
      expect(bench.connected.find(GATEWAY)).toBeNull();
    }),
    { numRuns: 1000 },
  );
  const gateway = await connected();
  gateway.send(publish(EVENTS, '"after all that"'));
  expect(await gateway.next()).toMatchObject({ cmd: 'puback' });
  expect(listener.telemetry).toHaveBeenLastCalledWith(GATEWAY, 'after all that', JSON_PROPERTIES);
});
