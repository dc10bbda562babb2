/** Whoever does not speak MQTT is closed, and nobody else notices. */
import { readdir } from 'node:fs/promises';
import { generate, type IConnectPacket } from 'mqtt-packet';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Fidelity, HOST, startFidelity } from './fidelity-testing.ts';
import { CONNECT, createHubBench, GATEWAY, newCertificatePem, type TestGateway } from './testing.ts';

/** Milliseconds that a condition may take to come true on a busy machine. */
const PATIENCE = 20_000;
const SOCKETS = 200;

const connect: IConnectPacket = { ...CONNECT, username: `${HOST}/${GATEWAY}/?api-version=2021-04-12` };
const whole = generate(connect);
const MALFORMED: readonly [string, Buffer][] = [
  ['a reserved type, one byte of it', Buffer.from('ff', 'hex')],
  ['type 0', Buffer.from('00', 'hex')],
  ['a PUBLISH without a topic', Buffer.from('3000', 'hex')],
  ['a PUBLISH of QoS 3', Buffer.from('36', 'hex')],
  ['a length of five bytes', Buffer.from('10ffffffff7f', 'hex')],
  ['a CONNECT with flags', Buffer.from('1f', 'hex')],
  ['a CONNECT without anything in it', Buffer.from('1000', 'hex')],
  ['a CONNECT whose strings reach beyond it', Buffer.from('100600ff4d515454', 'hex')],
];

let azure: Fidelity;
beforeAll(async () => {
  azure = await startFidelity();
});
afterAll(() => azure.close());
beforeEach(() => {
  for (const told of Object.values(azure.listener)) told.mockReset().mockResolvedValue(undefined);
});

const openFiles = async (): Promise<number> => (await readdir('/proc/self/fd')).length;

describe.each([
  ['the hub', () => azure.iotHub(null)],
  ['DPS', () => azure.dps(null)],
] as const)('at %s', (_what, open) => {
  test.each(MALFORMED)('K62: %s closes the connection', async (_malformed, bytes) => {
    const device = await open();
    device.sendBytes(bytes);
    await device.ended;
    await expect(device.next()).rejects.toThrow('the hub has closed the connection');
  });

  test('K62: half a CONNECT and then the end closes the connection', async () => {
    const device = await open();
    device.sendBytes(whole.subarray(0, whole.length / 2));
    device.end();
    await device.ended;
  });

  test('K62: a CONNECT without user name and password is refused as not authorized, and closed', async () => {
    const device = await open();
    device.send({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clientId: GATEWAY, clean: true });
    expect(await device.next()).toMatchObject({ cmd: 'connack', returnCode: 5 });
    await device.ended;
  });
});

test('K62: what others send changes nothing for a device, and leaves no file open', async () => {
  const identity = await azure.identity(GATEWAY);
  await azure.hub.enroll(GATEWAY, identity.certificatePem);
  const good = await azure.iotHub(identity);
  good.send(connect);
  expect(await good.next()).toMatchObject({ cmd: 'connack', returnCode: 0 });
  const before = await openFiles();
  const closed: Promise<void>[] = [];
  for (let at = 0; at < SOCKETS; at += 1) {
    const [, bytes] = MALFORMED[at % MALFORMED.length] ?? ['', whole];
    const device: TestGateway = at % 4 === 0 ? await azure.dps(null) : await azure.iotHub(null);
    device.sendBytes(bytes);
    closed.push(device.ended);
  }
  await Promise.all(closed);
  await expect.poll(openFiles, { timeout: PATIENCE }).toBeLessThanOrEqual(before);
  good.send({ cmd: 'pingreq' });
  expect(await good.next()).toMatchObject({ cmd: 'pingresp' });
  expect(azure.listener.connectionChanged.mock.calls.map(([, isConnected]) => isConnected)).toEqual([true]);
  expect(azure.hub.isConnected(GATEWAY)).toBe(true);
});

test.each([1, 2, 20, whole.length - 1])('K62: %d bytes of a CONNECT and then silence close it', async (bytes) => {
  const listener = { connectionChanged: vi.fn(), reported: vi.fn(), telemetry: vi.fn() };
  const bench = await createHubBench(await newCertificatePem(GATEWAY), listener);
  const device = bench.connect();
  device.sendBytes(whole.subarray(0, bytes));
  await device.ended;
  expect(device.problems).toEqual(['the CONNECT did not come whole']);
});
