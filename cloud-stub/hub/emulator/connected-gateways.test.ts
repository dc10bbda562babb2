import { PassThrough } from 'node:stream';
import { beforeEach, expect, test, vi } from 'vitest';
import type { HubListener } from '../hub.ts';
import { ConnectedGateways } from './connected-gateways.ts';
import { MqttConnection, type MqttService } from './mqtt-connection.ts';

const service: MqttService = {
  connect: () => Promise.reject(new Error('not reached')),
  publish: () => Promise.reject(new Error('not reached')),
  subscribe: () => Promise.reject(new Error('not reached')),
  unsubscribe: () => Promise.reject(new Error('not reached')),
  closed: async () => undefined,
};
const connectionChanged = vi.fn<HubListener['connectionChanged']>();
const listener: HubListener = { connectionChanged, reported: async () => undefined, telemetry: async () => undefined };

let gateways: ConnectedGateways;

beforeEach(() => {
  connectionChanged.mockReset().mockResolvedValue(undefined);
  gateways = new ConnectedGateways();
});

function connection() {
  const stream = new PassThrough();
  const made = new MqttConnection({ stream, service, maxPacketBytes: 0, onProblem: () => undefined });
  return { made, stream };
}
const told = () => connectionChanged.mock.calls.map(([id, connected]) => `${id} ${connected ? 'on' : 'off'}`);

test('G6: a newer connection closes the former, and the cloud sees one gateway that stays connected', async () => {
  const [first, second] = [connection(), connection()];
  await gateways.attach('gw', first.made, listener);
  await gateways.attach('gw', second.made, listener);
  expect(first.stream.destroyed).toBe(true);
  await gateways.detach('gw', first.made, listener);
  expect(gateways.find('gw')).toBe(second.made);
  expect(told()).toEqual(['gw on']);
  second.made.close();
});

test('G6: while the cloud is still being told, only what is true in the end is told next', async () => {
  const slow = Promise.withResolvers<void>();
  connectionChanged.mockReturnValueOnce(slow.promise);
  const [first, second] = [connection(), connection()];
  const all = [
    gateways.attach('gw', first.made, listener),
    gateways.detach('gw', first.made, listener),
    gateways.attach('gw', second.made, listener),
    gateways.detach('gw', second.made, listener),
  ];
  first.made.close();
  second.made.close();
  slow.resolve();
  await Promise.all(all);
  expect(told()).toEqual([]);
});

test('G6: a cloud that could not be told is told again', async () => {
  connectionChanged.mockRejectedValueOnce(new Error('the store is away'));
  const [first, second] = [connection(), connection()];
  await expect(gateways.attach('gw', first.made, listener)).rejects.toThrow('the store is away');
  await gateways.attach('gw', second.made, listener);
  expect(told()).toEqual(['gw on', 'gw on']);
  second.made.close();
});

test('C8: a gateway that was removed is closed, and nobody is told about it any more', async () => {
  const { made, stream } = connection();
  await gateways.attach('gw', made, listener);
  gateways.forget('gw');
  expect(stream.destroyed).toBe(true);
  await gateways.detach('gw', made, listener);
  expect(told()).toEqual(['gw on']);
});
