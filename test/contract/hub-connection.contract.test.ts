/** IoT Hub of the emulator, driven by Azure's own device SDK the way the gateway uses it. */
import type { GatewayIdentity } from '@edgegateway/services/provisioning/identity';
import { azureHubConnector } from '@edgegateway/services/remoteconnect/cloud/azure-hub-connector';
import type { HubConnection } from '@edgegateway/services/remoteconnect/cloud/hub-connection';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { configurationReleasing, type HubFixture, REPORT, startHubFixture } from './hub-fixture.ts';
import { connectReconnectingClient } from './hub-sdk-client.ts';

/** Milliseconds that a condition may take to come true on a busy machine. */
const PATIENCE = 20_000;

let fixture: HubFixture;
const connections: HubConnection[] = [];

beforeAll(async () => {
  fixture = await startHubFixture();
});
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
  fixture.listener.onTelemetry = async () => undefined;
});
afterAll(() => fixture.close());

async function connect(identity: GatewayIdentity, onDesired: (patch: unknown) => void = () => undefined) {
  const endpoint = { host: 'localhost', port: fixture.hubPort, deviceId: identity.registrationId };
  const events = { onDesired, methods: {} };
  const connection = await azureHubConnector.connect(endpoint, identity, events, new AbortController().signal);
  connections.push(connection);
  return connection;
}

const toldOf = (registrationId: string) =>
  fixture.listener.connections.filter(([id]) => id === registrationId).map(([, connected]) => connected);

test('G6: the cloud is told when a gateway comes and goes', async () => {
  const connection = await connect(await fixture.enrolled('gw-presence'));
  expect(fixture.hub.isConnected('gw-presence')).toBe(true);
  expect(toldOf('gw-presence')).toEqual([true]);
  await connection.close();
  await vi.waitFor(() => expect(toldOf('gw-presence')).toEqual([true, false]), PATIENCE);
  expect(fixture.hub.isConnected('gw-presence')).toBe(false);
});

test('G6: a gateway reads what was configured while it was away', async () => {
  const identity = await fixture.enrolled('gw-reads');
  const configuration = configurationReleasing('192.168.250.10');
  await fixture.hub.setDesired('gw-reads', configuration);
  const twin = await (await connect(identity)).readTwin();
  expect(twin.desired).toEqual({ version: 2, properties: { remoteConnect: configuration } });
  expect(twin.reported).toEqual({ version: 1, properties: {} });
});

test('G6: a connected gateway gets each change, and only what changed', async () => {
  const patches: unknown[] = [];
  const connection = await connect(await fixture.enrolled('gw-changes'), (patch) =>
    patches.push(structuredClone(patch)),
  );
  // The SDK also hands out the twin as it is, at a reading and to a new listener; it changes that object later.
  const changes = () => patches.filter((patch) => JSON.stringify(patch) !== '{"$version":1}');
  await connection.readTwin();
  const first = configurationReleasing('192.168.250.10', '192.168.250.20');
  await fixture.hub.setDesired('gw-changes', first);
  await vi.waitFor(() => expect(changes()).toHaveLength(1), PATIENCE);
  expect(changes()[0]).toEqual({ remoteConnect: first, $version: 2 });

  const [sessionId = ''] = Object.keys(first.sessions);
  await fixture.hub.setDesired('gw-changes', first);
  await fixture.hub.setDesired('gw-changes', configurationReleasing('192.168.250.20'));
  await fixture.hub.setDesired('gw-changes', { ...first, sessions: {} });
  await vi.waitFor(() => expect(changes()).toHaveLength(3), PATIENCE);
  expect(changes().slice(1)).toEqual([
    { remoteConnect: { sessions: { [sessionId]: { released: [{ address: '192.168.250.20' }] } } }, $version: 3 },
    { remoteConnect: { sessions: { [sessionId]: null } }, $version: 4 },
  ]);
});

test('G6: what a gateway reports is merged and reaches the cloud', async () => {
  const connection = await connect(await fixture.enrolled('gw-reports'));
  await connection.report({ remoteConnect: { ...REPORT, localNetworks: ['10.0.0.0/8'] } });
  await connection.report({ remoteConnect: { localNetworks: ['192.168.250.0/24'] } });
  const reports = fixture.listener.reports.filter(([id]) => id === 'gw-reports').map(([, report]) => report);
  expect(reports).toEqual([{ ...REPORT, localNetworks: ['10.0.0.0/8'] }, REPORT]);
  expect((await connection.readTwin()).reported).toEqual({ version: 3, properties: { remoteConnect: REPORT } });
});

test('G6: null removes a reported property', async () => {
  const connection = await connect(await fixture.enrolled('gw-removes'));
  await connection.report({ remoteConnect: REPORT, other: 1 });
  await connection.report({ other: null });
  expect((await connection.readTwin()).reported.properties).toEqual({ remoteConnect: REPORT });
});

test('G6: a report that breaks the limits of a twin is refused', async () => {
  const connection = await connect(await fixture.enrolled('gw-limits'));
  await expect(connection.report({ 'a.b': 1 })).rejects.toThrow();
  await expect(connection.report({ long: 'x'.repeat(4097) })).rejects.toThrow();
  expect((await connection.readTwin()).reported).toEqual({ version: 1, properties: {} });
});

test('G6: a message is acknowledged only after the cloud has stored it', async () => {
  const stored = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<unknown>();
  fixture.listener.onTelemetry = (_id, body) => {
    arrived.resolve(body);
    return stored.promise;
  };
  const connection = await connect(await fixture.enrolled('gw-sends'));
  const acknowledged = vi.fn();
  const sent = connection.send('{"sequence":1}').then(acknowledged);
  expect(await arrived.promise).toEqual({ sequence: 1 });
  expect(acknowledged).not.toHaveBeenCalled();
  stored.resolve();
  await sent;
});

test('G6: a message that the cloud cannot store is not acknowledged, and comes again on the next connection', async () => {
  const identity = await fixture.enrolled('gw-again');
  const bodies: unknown[] = [];
  fixture.listener.onTelemetry = async (_id, body) => {
    bodies.push(body);
    if (bodies.length === 1) throw new Error('the store is away');
  };
  const connection = await connect(identity);
  const sent = connection.send('{"sequence":1}');
  sent.catch(() => undefined);
  await connection.lost;
  await expect(sent).rejects.toThrow();
  await (await connect(identity)).send('{"sequence":1}');
  expect(bodies).toEqual([{ sequence: 1 }, { sequence: 1 }]);
});

test('G6: a second connection of a gateway ends the first', async () => {
  const identity = await fixture.enrolled('gw-twice');
  const first = await connect(identity);
  const second = await connect(identity);
  await first.lost;
  await second.send('{}');
  expect(fixture.hub.isConnected('gw-twice')).toBe(true);
  expect(toldOf('gw-twice')).toEqual([true]);
});

test('G7: a gateway that is not enrolled is refused', async () => {
  const identity = await fixture.newIdentity('gw-nobody');
  await expect(connect(identity)).rejects.toMatchObject({ code: 'hub-refused' });
});

test('G7: another certificate with the same name is refused', async () => {
  await fixture.enrolled('gw-imitated');
  await expect(connect(await fixture.newIdentity('gw-imitated'))).rejects.toMatchObject({ code: 'hub-refused' });
});

test('G7: a gateway that is removed loses its connection and is refused from then on', async () => {
  const identity = await fixture.enrolled('gw-removed');
  const connection = await connect(identity);
  await fixture.hub.remove('gw-removed');
  await connection.lost;
  await expect(connect(identity)).rejects.toMatchObject({ code: 'hub-refused' });
});

test('G7: a new certificate replaces the former', async () => {
  const former = await fixture.enrolled('gw-renewed');
  const connection = await connect(former);
  const renewed = await fixture.enrolled('gw-renewed');
  await connection.lost;
  await expect(connect(former)).rejects.toMatchObject({ code: 'hub-refused' });
  await connect(renewed);
});

test('G6: a certificate of another gateway cannot be enrolled', async () => {
  const { certificatePem } = await fixture.newIdentity('gw-a');
  await expect(fixture.hub.enroll('gw-b', certificatePem)).rejects.toMatchObject({
    code: 'certificate-of-another-device',
  });
});

test('T5: the SDK reconnects after a restart of the hub and gets changes without subscribing again', async () => {
  const identity = await fixture.enrolled('gw-restart');
  const patches: unknown[] = [];
  const client = await connectReconnectingClient(identity, fixture.hubPort, (patch) =>
    patches.push(structuredClone(patch)),
  );
  try {
    await fixture.restart();
    await vi.waitFor(() => expect(fixture.hub.isConnected('gw-restart')).toBe(true), { timeout: 30_000 });
    const configuration = configurationReleasing('192.168.250.10');
    await fixture.hub.setDesired('gw-restart', configuration);
    await vi.waitFor(() => expect(patches).toContainEqual({ remoteConnect: configuration, $version: 2 }), PATIENCE);
  } finally {
    await client.close();
  }
});
