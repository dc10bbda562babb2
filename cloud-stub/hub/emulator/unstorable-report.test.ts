import { expect, test, vi } from 'vitest';
import type { HubListener } from '../hub.ts';
import { CONNECT, createHubBench, GATEWAY, newCertificatePem } from './testing.ts';

const listener = {
  connectionChanged: vi.fn<HubListener['connectionChanged']>().mockResolvedValue(undefined),
  reported: vi.fn<HubListener['reported']>().mockResolvedValue(undefined),
  telemetry: vi.fn<HubListener['telemetry']>().mockResolvedValue(undefined),
};

test.each([
  [String.raw`{"a":{"b":"x\u0000"}}`, 'a b'],
  [String.raw`{"a":["x","\ud800"]}`, 'a 1'],
  [String.raw`{"a":{"b\udfff":1}}`, 'a b\ufffd'],
])('K22: the report %s is refused by the name of its field, and the connection stays', async (patch, field) => {
  const bench = await createHubBench(await newCertificatePem(GATEWAY), listener);
  const gateway = bench.connect();
  gateway.send(CONNECT);
  gateway.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '$iothub/twin/res/#', qos: 0 }] });
  expect(await gateway.next()).toMatchObject({ cmd: 'connack', returnCode: 0 });
  expect(await gateway.next()).toMatchObject({ cmd: 'suback' });
  const topic = '$iothub/twin/PATCH/properties/reported/?$rid=1';
  gateway.send({ cmd: 'publish', topic, payload: patch, qos: 0, dup: false, retain: false });
  const answer = await gateway.next();
  if (answer.cmd !== 'publish') throw new Error(`${answer.cmd} in place of an answer`);
  expect(answer.topic).toBe('$iothub/twin/res/400/?$rid=1');
  const body: unknown = JSON.parse(answer.payload.toString());
  expect(body).toMatchObject({ message: `${field} holds a character that no text here has.` });
  expect(bench.registry.find(GATEWAY)?.reported.properties).toEqual({});
  gateway.send({ cmd: 'pingreq' });
  expect(await gateway.next()).toMatchObject({ cmd: 'pingresp' });
  gateway.end();
  await gateway.ended;
});
