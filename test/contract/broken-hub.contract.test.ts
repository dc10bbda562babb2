/** What an IoT Hub, or something in its place, may send: Azure's own SDK gets all of it and the process lives. */
import { azureHubConnector } from '@edgegateway/services/remoteconnect/cloud/azure-hub-connector';
import type { HubConnection } from '@edgegateway/services/remoteconnect/cloud/hub-connection';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type ScriptedAzure, type ScriptedRequest, startScriptedAzure } from './scripted-azure.ts';

const DESIRED = '$iothub/twin/PATCH/properties/desired/?$version=2';
const TWIN = '{"desired":{"$version":1},"reported":{"$version":1}}';

let azure: ScriptedAzure;
const connections: HubConnection[] = [];

beforeAll(async () => {
  azure = await startScriptedAzure('gw-scripted');
});
afterEach(() => Promise.all(connections.splice(0).map((connection) => connection.close())));
afterAll(() => azure.close());

const answer = (request: ScriptedRequest, code: number, body: string) =>
  request.publish(`$iothub/twin/res/${code}/?$rid=${request.rid}`, body);

async function connect(onDesired: (patch: unknown) => void = () => undefined) {
  const endpoint = { host: 'localhost', port: azure.hubPort, deviceId: azure.identity.registrationId };
  const methods = { listDevices: async () => ({ status: 200, payload: {} }) };
  const connection = await azureHubConnector.connect(
    endpoint,
    azure.identity,
    { onDesired, methods },
    new AbortController().signal,
  );
  connections.push(connection);
  const lost = connection.lost.then((error): never => {
    throw error;
  });
  lost.catch(() => undefined);
  /** As the supervisor does it: a call of the SDK stays open when its connection ends. */
  const orLost = <T>(call: Promise<T>) => Promise.race([call, lost]);
  return { connection, orLost };
}

/** A connection that has read its twin and follows it, and a way to send over it. */
async function following(onDesired?: (patch: unknown) => void) {
  let last: ScriptedRequest | undefined;
  azure.onRequest = (request) => {
    last = request;
    answer(request, 200, TWIN);
  };
  const connected = await connect(onDesired);
  await connected.orLost(connected.connection.readTwin());
  return { ...connected, send: (topic: string, body: string) => last?.publish(topic, body) };
}

test.each(['<html>', '{"desired":', 'null', '7'])('K53: the service lives when its twin is %j', async (body) => {
  azure.onRequest = (request) => answer(request, 200, body);
  const { connection, orLost } = await connect();
  await expect(orLost(connection.readTwin())).rejects.toMatchObject({ code: 'hub-not-understood' });
});

test.each(['', '{}', '{"desired":5,"reported":"x"}'])('K53: a twin of %j is one without versions', async (body) => {
  azure.onRequest = (request) => answer(request, 200, body);
  const { connection, orLost } = await connect();
  await expect(orLost(connection.readTwin())).rejects.toMatchObject({ code: 'connection-lost' });
});

test.each(['', '<html>', '{"a":'])('K53: the service lives when a change of its twin is %j', async (body) => {
  const { connection, send } = await following();
  send(DESIRED, body);
  expect(await connection.lost).toMatchObject({ code: 'hub-not-understood' });
});

test('K53: the service lives when a method call names no request', async () => {
  const { connection, send } = await following();
  send('$iothub/methods/POST/listDevices/', '{}');
  send('$iothub/methods/POST/listDevices/?x=1', '{}');
  expect(await connection.lost).toMatchObject({ code: 'hub-not-understood' });
});

test('K53: what the gateway has no use for changes nothing', async () => {
  const patches: unknown[] = [];
  const { send } = await following((patch) => patches.push(patch));
  send('devices/gw-scripted/messages/devicebound/%zz=1', 'x');
  send('$iothub/methods/POST/', '{}');
  send(DESIRED, '{"name":"Pump 7","$version":2}');
  await vi.waitFor(() => expect(patches).toContainEqual({ name: 'Pump 7', $version: 2 }), { timeout: 20_000 });
});

test.each(['', '<html>', '{}'])('a report that the hub refuses with %j is not taken for delivered', async (body) => {
  const { connection, orLost } = await following();
  azure.onRequest = (request) => answer(request, 503, body);
  await expect(orLost(connection.report({ a: 1 }))).rejects.toThrow('code 503');
});
