/**
 * What the emulator's service side does to a device that uses Azure's own SDK: disabling, throttling, direct methods and
 * messages.
 */
import { S1_RATES } from '@edgegateway/cloud-stub/hub/emulator/throttles';
import { azureRegistrar } from '@edgegateway/services/provisioning/azure-registrar';
import type { GatewayIdentity } from '@edgegateway/services/provisioning/identity';
import { azureHubConnector } from '@edgegateway/services/remoteconnect/cloud/azure-hub-connector';
import azureCommon from 'azure-iot-common';
import type { Client, Message } from 'azure-iot-device';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type HubFixture, REPORT, startHubFixture } from './hub-fixture.ts';
import { sdkClient } from './hub-sdk-client.ts';

vi.setConfig({ testTimeout: 60_000 });

let fixture: HubFixture;
const opened: { close(): Promise<unknown> }[] = [];

beforeAll(async () => {
  fixture = await startHubFixture();
}, 60_000);
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});
afterAll(() => fixture.close());

async function connect(identity: GatewayIdentity) {
  const endpoint = { host: 'localhost', port: fixture.hubPort, deviceId: identity.registrationId };
  const events = { onDesired: () => undefined, methods: {} };
  const connection = await azureHubConnector.connect(endpoint, identity, events, new AbortController().signal);
  opened.push(connection);
  return connection;
}

async function client(identity: GatewayIdentity): Promise<Client> {
  const made = await sdkClient(identity, fixture.hubPort);
  made.setRetryPolicy(new azureCommon.NoRetry());
  opened.push(made);
  await made.open();
  return made;
}

test('C8: the SDK is told that its enrolment is disabled; enabled again it registers', async () => {
  const identity = await fixture.enrolled('gw-disabled');
  await fixture.hub.disable('gw-disabled');
  const register = () => azureRegistrar.register(identity, new AbortController().signal);
  await expect(register()).rejects.toMatchObject({ code: expect.stringMatching(/^onboarding-/) });
  await fixture.hub.enable('gw-disabled');
  expect(await register()).toEqual({ hub: 'localhost', deviceId: 'gw-disabled' });
});

test('C8: the SDK loses its connection when the gateway is disabled, and is refused until it is enabled', async () => {
  const identity = await fixture.enrolled('gw-dropped');
  const connection = await connect(identity);
  await fixture.hub.disable('gw-dropped');
  await connection.lost;
  await expect(connect(identity)).rejects.toMatchObject({ code: 'hub-refused' });
  await fixture.hub.enable('gw-dropped');
  await connect(identity);
});

test('G6: a report that is throttled is refused with 429, and taken later', async () => {
  const identity = await fixture.enrolled('gw-throttled');
  await fixture.restart({ ...S1_RATES, twinUpdates: 1 });
  const connection = await connect(identity);
  const reports = [1, 2, 3].map((number) => connection.report({ number }));
  const results = await Promise.allSettled(reports);
  expect(results.map(({ status }) => status)).toContain('rejected');
  await vi.waitFor(() => connection.report({ remoteConnect: REPORT }), { timeout: 30_000, interval: 500 });
  await fixture.restart();
});

test('G6: a connection that is throttled can be made again, and is not taken for a refused certificate', async () => {
  const identity = await fixture.enrolled('gw-crowd');
  await fixture.restart({ ...S1_RATES, connects: 1 });
  await connect(identity);
  await expect(connect(identity)).rejects.toMatchObject({ code: 'hub-unreachable' });
  await fixture.restart();
});

test('G6: a direct method reaches the SDK, and its answer comes back', async () => {
  const device = await client(await fixture.enrolled('gw-method'));
  device.onDeviceMethod('scan', (request, response) => {
    void response.send(207, { got: request.payload });
  });
  const call = { name: 'scan', payload: { net: '10.0.0.0/8' } };
  // The SDK does not tell when its subscription stands.
  const answer = await vi.waitFor(() => fixture.hub.callMethod('gw-method', call), { timeout: 30_000, interval: 200 });
  expect(answer).toEqual({ status: 207, payload: { got: { net: '10.0.0.0/8' } } });
});

test('G6: a message to the device reaches the SDK with its properties, once it is acknowledged only once', async () => {
  const identity = await fixture.enrolled('gw-message');
  await fixture.hub.sendMessage('gw-message', { body: 'hello', properties: { kind: 'greeting' } });
  const device = await client(identity);
  const received: Message[] = [];
  device.on('message', (message: Message) => {
    received.push(message);
    void device.complete(message);
  });
  await vi.waitFor(() => expect(received).toHaveLength(1), { timeout: 30_000 });
  expect(received[0]?.data).toEqual(Buffer.from('hello'));
  expect(received[0]?.properties.getValue('kind')).toBe('greeting');
});
