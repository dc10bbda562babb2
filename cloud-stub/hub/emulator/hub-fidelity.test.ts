/** facts/azure.md, "IoT Hub", one test a row and named after it, over the emulator's own port. */
import type { IConnectPacket, IPublishPacket } from 'mqtt-packet';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { KeyedCertificate } from '../../pki/x509.ts';
import {
  type Fidelity,
  HOST,
  KEYS,
  nowSeconds,
  publish,
  sasToken,
  startFidelity,
  subscribe,
} from './fidelity-testing.ts';
import type { TestGateway } from './testing.ts';
import { S1_RATES } from './throttles.ts';

/** Milliseconds that a condition may take to come true on a busy machine. */
const PATIENCE = 20_000;

const ID = 'gw-1';
const EVENTS = `devices/${ID}/messages/events/`;
const REPORT = '$iothub/twin/PATCH/properties/reported/?$rid=1';
const CONFIGURATION = { tunnelAddress: '100.64.0.1', relays: [], stunServers: [], sessions: {} };

vi.setConfig({ testTimeout: 30_000 });

let azure: Fidelity;
let identity: KeyedCertificate;

beforeAll(async () => {
  azure = await startFidelity();
  identity = await azure.identity(ID);
});
afterAll(() => azure.close());
beforeEach(async () => {
  for (const told of Object.values(azure.listener)) told.mockReset().mockResolvedValue(undefined);
  await azure.hub.remove(ID);
  await azure.hub.enroll(ID, identity.certificatePem);
});

function connectPacket(changes: Partial<IConnectPacket> = {}): IConnectPacket {
  return {
    ...{ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: false, keepalive: 30 },
    ...{ clientId: ID, username: `${HOST}/${ID}/?api-version=2021-04-12&DeviceClientType=sdk` },
    ...changes,
  };
}

async function connected(...subscriptions: Parameters<typeof subscribe>[]): Promise<TestGateway> {
  const gateway = await azure.iotHub(identity);
  gateway.send(connectPacket());
  expect(await gateway.next()).toMatchObject({ cmd: 'connack', returnCode: 0 });
  for (const subscription of subscriptions) {
    gateway.send(subscribe(...subscription));
    expect(await gateway.next()).toMatchObject({ cmd: 'suback' });
  }
  return gateway;
}

async function published(gateway: TestGateway): Promise<IPublishPacket> {
  const packet = await gateway.next();
  if (packet.cmd !== 'publish') throw new Error(`${packet.cmd} in place of a message`);
  return packet;
}

async function publishedJson(gateway: TestGateway): Promise<{ topic: string; body: unknown }> {
  const { topic, payload } = await published(gateway);
  return { topic, body: payload.length === 0 ? null : JSON.parse(payload.toString()) };
}

test.each<[string, Partial<IConnectPacket>, number]>([
  ['{host}/{deviceId}/?api-version', { username: `${HOST}/${ID}/?api-version=2021-04-12` }, 0],
  ['the host in other letters', { username: `${HOST.toUpperCase()}/${ID}/?api-version=2018-06-30` }, 0],
  ['another host', { username: `other.example/${ID}/?api-version=2021-04-12` }, 5],
  ['no API version', { username: `${HOST}/${ID}/` }, 5],
  ['another client id', { clientId: 'gw-2' }, 2],
])('G6: client id / user name: %s', async (_what, changes, returnCode) => {
  const gateway = await azure.iotHub(identity);
  gateway.send(connectPacket(changes));
  expect(await gateway.next()).toMatchObject({ cmd: 'connack', returnCode });
});

test('G7: a shared access signature lets in until its time is over', async () => {
  await azure.hub.enrollWithKeys('gw-key', KEYS);
  const connectWith = async (token: string) => {
    const gateway = await azure.iotHub(null);
    const username = `${HOST}/gw-key/?api-version=2021-04-12`;
    gateway.send(connectPacket({ clientId: 'gw-key', username, password: Buffer.from(token) }));
    return { gateway, answer: await gateway.next() };
  };
  const resource = `${HOST}/devices/gw-key`;
  const wrong = await connectWith(sasToken(`${HOST}/devices/gw-1`, KEYS.primaryKey, null));
  expect(wrong.answer).toMatchObject({ returnCode: 5 });
  const good = await connectWith(sasToken(resource, KEYS.primaryKey, null, nowSeconds() + 2));
  expect(good.answer).toMatchObject({ returnCode: 0 });
  await good.gateway.ended;
});

test('G6: telemetry (D2C): system and application properties; RETAIN is the property mqtt-retain', async () => {
  const gateway = await connected();
  const bag = '%24.ct=application%2Fjson&%24.mid=m-1&%24.ce=utf-8&line=3%2F4&empty=&bare';
  gateway.send(publish(EVENTS + bag, '{"a":1}', 1, true));
  expect(await gateway.next()).toMatchObject({ cmd: 'puback', messageId: 5 });
  expect(azure.listener.telemetry).toHaveBeenCalledWith(
    ID,
    { a: 1 },
    {
      system: { ct: 'application/json', mid: 'm-1', ce: 'utf-8' },
      application: { 'mqtt-retain': 'true', line: '3/4', empty: '', bare: '' },
    },
  );
});

test('G6: cloud to device: delivered with properties, again until acknowledged, then gone', async () => {
  await azure.hub.sendMessage(ID, { body: 'first', properties: { kind: 'a&b' } });
  const filter = `devices/${ID}/messages/devicebound/#`;
  const gateway = await connected([filter, 1]);
  const first = await published(gateway);
  expect(first).toMatchObject({ qos: 1, payload: Buffer.from('first') });
  expect(first.topic).toMatch(/^devices\/gw-1\/messages\/devicebound\/%24\.mid=[^&]+&%24\.to=.*&kind=a%26b$/);
  await azure.hub.sendMessage(ID, { body: 'second' });
  expect((await published(gateway)).payload.toString()).toBe('second');

  const again = await connected();
  const redelivered = await published(again);
  expect(redelivered.payload.toString()).toBe('first');
  again.send({ cmd: 'puback', messageId: redelivered.messageId ?? 0 });
  const second = await published(again);
  again.send({ cmd: 'puback', messageId: second.messageId ?? 0 }, { cmd: 'pingreq' });
  expect(await again.next()).toMatchObject({ cmd: 'pingresp' });

  const last = await connected();
  last.send({ cmd: 'pingreq' });
  expect(await last.next()).toMatchObject({ cmd: 'pingresp' });
});

test('G6: cloud to device: the queue is kept over a restart of the hub; what has expired is gone', async () => {
  await azure.hub.sendMessage(ID, { body: 'expired', timeToLiveSeconds: 0 });
  await azure.hub.sendMessage(ID, { body: 'kept' });
  await azure.restart();
  const gateway = await connected([`devices/${ID}/messages/devicebound/#`]);
  expect((await published(gateway)).payload.toString()).toBe('kept');
});

test('G6: twin get: 200 with desired and reported and their versions', async () => {
  const gateway = await connected(['$iothub/twin/res/#']);
  gateway.send(publish('$iothub/twin/GET/?$rid=7', ''));
  expect(await publishedJson(gateway)).toEqual({
    topic: '$iothub/twin/res/200/?$rid=7',
    body: { desired: { $version: 1 }, reported: { $version: 1 } },
  });
});

test('G6: twin report: 204 with the new version; null deletes; 400 for what is no patch', async () => {
  const gateway = await connected(['$iothub/twin/res/#']);
  gateway.send(publish(REPORT, '{"a":{"b":1},"c":2}'));
  expect((await publishedJson(gateway)).topic).toBe('$iothub/twin/res/204/?$rid=1&$version=2');
  gateway.send(publish(REPORT, '{"c":null}'));
  expect((await publishedJson(gateway)).topic).toBe('$iothub/twin/res/204/?$rid=1&$version=3');
  gateway.send(publish(REPORT, '[1]'));
  expect(await publishedJson(gateway)).toMatchObject({
    topic: '$iothub/twin/res/400/?$rid=1',
    body: { errorCode: 400_004 },
  });
  gateway.send(publish('$iothub/twin/GET/?$rid=2', ''));
  expect((await publishedJson(gateway)).body).toMatchObject({ reported: { a: { b: 1 }, $version: 3 } });
});

test('G6: desired changes: only while connected, with the version, and again after a restart without subscribing', async () => {
  const desired = '$iothub/twin/PATCH/properties/desired/';
  const gateway = await connected([`${desired}#`]);
  await azure.hub.setDesired(ID, CONFIGURATION);
  expect(await publishedJson(gateway)).toEqual({
    topic: `${desired}?$version=2`,
    body: { remoteConnect: CONFIGURATION, $version: 2 },
  });
  await azure.restart();
  await gateway.ended;
  await azure.hub.setDesired(ID, { ...CONFIGURATION, tunnelAddress: '100.64.0.2' });
  const again = await azure.iotHub(identity);
  again.send(connectPacket());
  expect(await again.next()).toMatchObject({ cmd: 'connack', sessionPresent: true });
  await azure.hub.setDesired(ID, { ...CONFIGURATION, tunnelAddress: '100.64.0.3' });
  expect(await publishedJson(again)).toEqual({
    topic: `${desired}?$version=4`,
    body: { remoteConnect: { tunnelAddress: '100.64.0.3' }, $version: 4 },
  });
});

test('G6: direct methods: call and answer', async () => {
  const gateway = await connected(['$iothub/methods/POST/#']);
  const called = azure.hub.callMethod(ID, { name: 'scan', payload: { net: '10.0.0.0/8' } });
  const { topic, body } = await publishedJson(gateway);
  const [, rid] = /^\$iothub\/methods\/POST\/scan\/\?\$rid=(.+)$/.exec(topic) ?? [];
  expect(body).toEqual({ net: '10.0.0.0/8' });
  gateway.send(publish(`$iothub/methods/res/207/?$rid=${rid}`, '{"found":3}'));
  expect(await called).toEqual({ status: 207, payload: { found: 3 } });
});

test('G6: direct methods: offline, and without a subscription, answer 404', async () => {
  const call = { name: 'scan', payload: null };
  await expect(azure.hub.callMethod(ID, call)).rejects.toMatchObject({ status: 404, errorCode: 404_103 });
  await connected();
  await expect(azure.hub.callMethod(ID, call)).rejects.toMatchObject({ status: 404 });
});

test('G6: direct methods: no answer within the time (30 s unless given) is 504', async () => {
  await connected(['$iothub/methods/POST/#']);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const settled = vi.fn<(error: unknown) => void>();
    const called = azure.hub.callMethod(ID, { name: 'scan', payload: null }).catch(settled);
    await vi.advanceTimersByTimeAsync(29_999);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await called;
    expect(settled.mock.calls).toEqual([[expect.objectContaining({ status: 504, errorCode: 504_101 })]]);
  } finally {
    vi.useRealTimers();
  }
});

test('G6: strictness: a QoS 2 publish disconnects, a subscription for QoS 2 is granted as 1', async () => {
  const gateway = await azure.iotHub(identity);
  gateway.send(connectPacket(), subscribe('$iothub/twin/res/#', 2));
  expect(await gateway.next()).toMatchObject({ cmd: 'connack' });
  expect(await gateway.next()).toMatchObject({ cmd: 'suback', granted: [1] });
  gateway.send(publish(EVENTS, '{}', 2));
  await gateway.ended;
  expect(azure.listener.telemetry).not.toHaveBeenCalled();
});

test('G6: strictness: a second connection of a device drops the first (400027)', async () => {
  const first = await connected();
  const second = await connected();
  await first.ended;
  second.send({ cmd: 'pingreq' });
  expect(await second.next()).toMatchObject({ cmd: 'pingresp' });
});

test('C8: a device that is disabled is dropped and refused, and let in again when it is enabled', async () => {
  const gateway = await connected();
  await azure.hub.disable(ID);
  await gateway.ended;
  const refused = await azure.iotHub(identity);
  refused.send(connectPacket());
  expect(await refused.next()).toMatchObject({ cmd: 'connack', returnCode: 5 });
  await azure.restart();
  await azure.hub.enable(ID);
  await connected();
});

test('G6: limits: a message of more than 256 KB disconnects, one of less is taken', async () => {
  const gateway = await connected();
  gateway.send(publish(EVENTS, Buffer.alloc(256 * 1024 - EVENTS.length, 'x'), 1));
  expect(await gateway.next()).toMatchObject({ cmd: 'puback' });
  gateway.send(publish(EVENTS, Buffer.alloc(256 * 1024, 'x'), 1));
  await gateway.ended;
  expect(azure.listener.telemetry).toHaveBeenCalledOnce();
});

test('G6: limits: a cloud-to-device message has 64 KB, and 50 wait', async () => {
  await expect(azure.hub.sendMessage(ID, { body: 'x'.repeat(64 * 1024 + 1) })).rejects.toMatchObject({ status: 413 });
  for (let sent = 0; sent < 50; sent += 1) await azure.hub.sendMessage(ID, { body: String(sent) });
  await expect(azure.hub.sendMessage(ID, { body: '50' })).rejects.toMatchObject({ status: 403, errorCode: 403_004 });
});

test('G6: limits: the payload of a method has 128 KB', async () => {
  await connected(['$iothub/methods/POST/#']);
  const payload = 'x'.repeat(128 * 1024);
  await expect(azure.hub.callMethod(ID, { name: 'scan', payload })).rejects.toMatchObject({ status: 413 });
});

const nested = (depth: number): object => (depth === 1 ? { a: 1 } : { a: nested(depth - 1) });

test.each<[string, object, number]>([
  ['10 levels', nested(10), 204],
  ['11 levels', nested(11), 400],
  ['a key of 1 KB', { ['k'.repeat(1024)]: 1 }, 204],
  ['a key of more', { ['k'.repeat(1025)]: 1 }, 400],
  ['a string of 4 KB', { a: 's'.repeat(4096) }, 204],
  ['a string of more', { a: 's'.repeat(4097) }, 400],
  ['an integer of 2^52 - 1', { a: 2 ** 52 - 1 }, 204],
  ['an integer of 2^52', { a: 2 ** 52 }, 400],
  ['32 KB', Object.fromEntries(Array.from({ length: 8 }, (_, at) => [at, 's'.repeat(4080)])), 204],
  ['more than 32 KB', Object.fromEntries(Array.from({ length: 9 }, (_, at) => [at, 's'.repeat(4080)])), 400],
])('G6: limits: a twin with %s', async (_what, patch, status) => {
  const gateway = await connected(['$iothub/twin/res/#']);
  gateway.send(publish(REPORT, JSON.stringify(patch)));
  expect((await publishedJson(gateway)).topic).toMatch(new RegExp(`/res/${status}/`));
});

test.each([
  ['twin reads', { twinReads: 1 }, publish('$iothub/twin/GET/?$rid=1', '')],
  ['twin updates', { twinUpdates: 1 }, publish(REPORT, '{"a":1}')],
] as const)('G6: throttles: too many %s are answered 429', async (_what, rates, request) => {
  await azure.restart({ throttles: { ...S1_RATES, ...rates } });
  const gateway = await connected(['$iothub/twin/res/#']);
  gateway.send(request, request, request);
  expect((await published(gateway)).topic).toMatch(/\/res\/20[04]\//);
  expect(await publishedJson(gateway)).toMatchObject({
    topic: '$iothub/twin/res/429/?$rid=1',
    body: { errorCode: 429_001 },
  });
  await azure.restart();
});

test('G6: throttles: too many connections are refused as unavailable, which SDKs try again', async () => {
  await azure.restart({ throttles: { ...S1_RATES, connects: 1 } });
  await connected();
  const refused = await azure.iotHub(identity);
  refused.send(connectPacket());
  expect(await refused.next()).toMatchObject({ cmd: 'connack', returnCode: 3 });
  await azure.restart();
});

test('G6: throttles: messages above the rate wait and none is lost', async () => {
  await azure.restart({ throttles: { ...S1_RATES, messages: 20 } });
  const gateway = await connected();
  gateway.send(...Array.from({ length: 30 }, (_, at) => publish(EVENTS, String(at), 1)));
  for (let taken = 0; taken < 30; taken += 1) expect(await gateway.next()).toMatchObject({ cmd: 'puback' });
  expect(azure.listener.telemetry.mock.calls.map(([, body]) => body)).toEqual(
    Array.from({ length: 30 }, (_, at) => at),
  );
  await azure.restart();
});

test('G6: what is sent to a hub that stops is not acknowledged', async () => {
  const gateway = await connected();
  const never = Promise.withResolvers<void>();
  azure.listener.telemetry.mockReturnValueOnce(never.promise);
  gateway.send(publish(EVENTS, '1', 1));
  await vi.waitFor(() => expect(azure.listener.telemetry).toHaveBeenCalled(), PATIENCE);
  never.reject(new Error('the store is away'));
  await gateway.ended;
  await expect(gateway.next()).rejects.toThrow('closed');
});
