/** facts/azure.md, "Device Provisioning Service", one test a row and named after it, over the emulator's own ports. */
import type { IConnectPacket, Packet } from 'mqtt-packet';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createAuthority, issueHostCertificate, type KeyedCertificate } from '../../pki/x509.ts';
import {
  type Fidelity,
  HOST,
  ID_SCOPE,
  KEYS,
  nowSeconds,
  publish,
  sasToken,
  startFidelity,
  subscribe,
} from './fidelity-testing.ts';
import { derivedKey } from './sas-token.ts';
import type { TestGateway } from './testing.ts';

vi.setConfig({ testTimeout: 30_000 });

let azure: Fidelity;

beforeAll(async () => {
  azure = await startFidelity();
});
afterAll(() => azure.close());

const API = 'api-version=2019-03-31';
const RESPONSES = '$dps/registrations/res/#';
const resourceOf = (id: string) => `${ID_SCOPE}/registrations/${id}`;

function connectPacket(id: string, changes: Partial<IConnectPacket> = {}): IConnectPacket {
  return {
    ...{ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 30 },
    ...{ clientId: id, username: `${resourceOf(id)}/${API}&ClientVersion=sdk%2F1.9.1` },
    ...changes,
  };
}

const register = (id: string, rid = '1') =>
  publish(`$dps/registrations/PUT/iotdps-register/?$rid=${rid}`, JSON.stringify({ registrationId: id }));
const poll = (operationId: string) =>
  publish(`$dps/registrations/GET/iotdps-get-operationstatus/?$rid=2&operationId=${operationId}`, ' ');

async function answer(gateway: TestGateway): Promise<{ topic: string; body: Record<string, unknown> }> {
  const packet: Packet = await gateway.next();
  if (packet.cmd !== 'publish') throw new Error(`${packet.cmd} in place of an answer`);
  return { topic: packet.topic, body: JSON.parse(packet.payload.toString()) };
}

/** Registers over MQTT and polls once. */
async function provision(id: string, identity: KeyedCertificate | null, changes: Partial<IConnectPacket> = {}) {
  const gateway = await azure.dps(identity);
  gateway.send(connectPacket(id, changes), subscribe(RESPONSES, 1), register(id));
  expect(await gateway.next()).toMatchObject({ cmd: 'connack', returnCode: 0 });
  expect(await gateway.next()).toMatchObject({ cmd: 'suback' });
  const accepted = await answer(gateway);
  if (!accepted.topic.startsWith('$dps/registrations/res/202/')) return accepted;
  gateway.send(poll(String(accepted.body['operationId'])));
  return answer(gateway);
}

async function enrolled(id: string): Promise<KeyedCertificate> {
  const identity = await azure.identity(id);
  await azure.hub.enroll(id, identity.certificatePem);
  return identity;
}

test('G7: ports: MQTT over WebSocket and HTTPS share one', async () => {
  const identity = await enrolled('gw-ports');
  expect((await provision('gw-ports', identity)).body).toMatchObject({ status: 'assigned' });
  const path = `/${resourceOf('gw-ports')}/register?${API}`;
  const overHttps = await azure.https('PUT', path, { identity, body: { registrationId: 'gw-ports' } });
  expect(overHttps.status).toBe(202);
});

test.each(['mqtt', 'MQTT'])('G7: WebSocket: the subprotocol %s is taken', async (subprotocol) => {
  const gateway = await azure.dps(await enrolled('gw-websocket'), subprotocol);
  gateway.send(connectPacket('gw-websocket'));
  expect(await gateway.next()).toMatchObject({ cmd: 'connack', returnCode: 0 });
});

test.each<[string, Partial<IConnectPacket>, number]>([
  ['{idScope}/registrations/{registrationId}/api-version', { username: `${resourceOf('gw-name')}/${API}` }, 0],
  ['the same with &ClientVersion', {}, 0],
  ['no API version', { username: resourceOf('gw-name') }, 5],
  ['another client id', { clientId: 'gw-other' }, 2],
])('G7: client id / user name: %s', async (_what, changes, returnCode) => {
  const gateway = await azure.dps(await enrolled('gw-name'));
  gateway.send(connectPacket('gw-name', changes));
  expect(await gateway.next()).toMatchObject({ cmd: 'connack', returnCode });
});

test('G7: authentication, X.509: leaf CN = registrationId, no password', async () => {
  const identity = await enrolled('gw-x509');
  expect((await provision('gw-x509', identity)).body).toMatchObject({ status: 'assigned' });
  const gateway = await azure.dps(identity);
  gateway.send(connectPacket('gw-another'));
  expect(await gateway.next()).toMatchObject({ cmd: 'connack', returnCode: 5 });
});

test('G7: authentication, X.509 group: a leaf of the authority registers without being enrolled', async () => {
  await azure.hub.enrollGroup('works', azure.authority.certificatePem);
  const identity = await azure.identity('gw-group');
  const { body } = await provision('gw-group', identity);
  expect(body).toMatchObject({
    status: 'assigned',
    registrationState: { x509: { enrollmentGroupId: 'works' }, deviceId: 'gw-group' },
  });
  expect(azure.listener.appeared).toHaveBeenCalledWith('gw-group', {
    groupId: 'works',
    certificatePem: identity.certificatePem,
  });
  const iotHub = await azure.iotHub(identity);
  iotHub.send({ ...connectPacket('gw-group'), username: `${HOST}/gw-group/?api-version=2021-04-12` });
  expect(await iotHub.next()).toMatchObject({ cmd: 'connack', returnCode: 0 });

  const foreign = await issueHostCertificate(await createAuthority(new Date()), 'gw-foreign', new Date());
  expect((await provision('gw-foreign', foreign)).topic).toContain('/res/401/');
  const expired = await issueHostCertificate(azure.authority, 'gw-expired', new Date('2020-01-01T00:00:00Z'));
  expect((await provision('gw-expired', expired)).topic).toContain('/res/401/');
  await azure.hub.removeGroup('works');
  expect((await provision('gw-late', await azure.identity('gw-late'))).topic).toContain('/res/401/');
});

test('G7: authentication, X.509 group: a leaf of another leaf is no leaf of the authority', async () => {
  await azure.hub.enrollGroup('works', azure.authority.certificatePem);
  const leaf = await azure.identity('gw-not-ca');
  const issued = await issueHostCertificate(leaf, 'gw-under-a-leaf', new Date());
  const chain = { ...issued, certificatePem: `${issued.certificatePem}${leaf.certificatePem}` };
  expect((await provision('gw-under-a-leaf', chain)).topic).toContain('/res/401/');
  await azure.hub.removeGroup('works');
});

test.each(['primaryKey', 'secondaryKey'] as const)('G7: authentication, symmetric key: the %s signs', async (name) => {
  await azure.hub.enrollWithKeys('gw-key', KEYS);
  const password = Buffer.from(sasToken(resourceOf('gw-key'), KEYS[name], 'registration'));
  expect((await provision('gw-key', null, { password })).body).toMatchObject({
    status: 'assigned',
    registrationState: { symmetricKey: {} },
  });
});

test.each<[string, string]>([
  ['another key', sasToken(resourceOf('gw-sas'), Buffer.alloc(32, 9).toString('base64'), 'registration')],
  ['another resource', sasToken(resourceOf('gw-other'), KEYS.primaryKey, 'registration')],
  ['another key name', sasToken(resourceOf('gw-sas'), KEYS.primaryKey, 'owner')],
  ['a time that is over', sasToken(resourceOf('gw-sas'), KEYS.primaryKey, 'registration', nowSeconds() - 1)],
  ['no signature at all', 'SharedAccessSignature sr=x'],
  ['something else', 'Basic Zm9vOmJhcg=='],
])('G7: authentication, symmetric key: a token with %s is refused', async (_what, token) => {
  await azure.hub.enrollWithKeys('gw-sas', KEYS);
  const gateway = await azure.dps(null);
  gateway.send(connectPacket('gw-sas', { password: Buffer.from(token) }));
  expect(await gateway.next()).toMatchObject({ cmd: 'connack', returnCode: 5 });
});

test("G7: authentication, symmetric key group: the device's key is HMAC-SHA256 of the group's", async () => {
  await azure.hub.enrollGroupWithKeys('keyed', KEYS);
  const key = derivedKey(KEYS.primaryKey, 'gw-derived');
  const password = Buffer.from(sasToken(resourceOf('gw-derived'), key, 'registration'));
  expect((await provision('gw-derived', null, { password })).body).toMatchObject({
    registrationState: { status: 'assigned', symmetricKey: { enrollmentGroupId: 'keyed' } },
  });
  const iotHub = await azure.iotHub(null);
  const username = `${HOST}/gw-derived/?api-version=2021-04-12`;
  const hubPassword = Buffer.from(sasToken(`${HOST}/devices/gw-derived`, key, null));
  iotHub.send(connectPacket('gw-derived', { username, password: hubPassword }));
  expect(await iotHub.next()).toMatchObject({ cmd: 'connack', returnCode: 0 });
});

test('G7: subscribe: only $dps/registrations/res/#', async () => {
  const gateway = await azure.dps(await enrolled('gw-subscribe'));
  gateway.send(connectPacket('gw-subscribe'), subscribe(RESPONSES), subscribe('#'));
  await gateway.next();
  expect(await gateway.next()).toMatchObject({ cmd: 'suback', granted: [0] });
  expect(await gateway.next()).toMatchObject({ cmd: 'suback', granted: [128] });
});

test('G7: register, answer 202: operationId, "assigning" and retry-after', async () => {
  const gateway = await azure.dps(await enrolled('gw-register'));
  gateway.send(connectPacket('gw-register'), subscribe(RESPONSES), register('gw-register', 'abc-1'));
  await gateway.next();
  await gateway.next();
  const { topic, body } = await answer(gateway);
  expect(topic).toBe('$dps/registrations/res/202/?$rid=abc-1&retry-after=1');
  expect(body).toEqual({ operationId: expect.stringMatching(/^4\./), status: 'assigning' });
});

test('G7: poll, answer 200: the registration state with every member', async () => {
  const { topic, body } = await provision('gw-poll', await enrolled('gw-poll'));
  expect(topic).toBe('$dps/registrations/res/200/?$rid=2');
  expect(body).toEqual({
    operationId: expect.any(String),
    status: 'assigned',
    registrationState: {
      x509: {},
      registrationId: 'gw-poll',
      createdDateTimeUtc: expect.any(String),
      assignedHub: HOST,
      deviceId: 'gw-poll',
      status: 'assigned',
      substatus: 'initialAssignment',
      lastUpdatedDateTimeUtc: expect.any(String),
      etag: expect.any(String),
    },
  });
});

test('G7: errors: 401 with 401002, a tracking id and a time', async () => {
  const { topic, body } = await provision('gw-nobody', await azure.identity('gw-nobody'));
  expect(topic).toContain('/res/401/');
  expect(body).toEqual({
    errorCode: 401_002,
    trackingId: expect.any(String),
    message: 'Unauthorized',
    timestampUtc: expect.any(String),
  });
});

test('C8: errors: "disabled" is a 200 with errorCode and errorMessage', async () => {
  const identity = await enrolled('gw-disabled');
  await azure.hub.disable('gw-disabled');
  const { topic, body } = await provision('gw-disabled', identity);
  expect(topic).toContain('/res/200/');
  expect(body).toMatchObject({
    status: 'disabled',
    registrationState: { status: 'disabled', errorCode: expect.any(Number), errorMessage: expect.any(String) },
  });
  expect(body).not.toHaveProperty('registrationState.assignedHub');
  await azure.hub.enable('gw-disabled');
  expect((await provision('gw-disabled', identity)).body).toMatchObject({ status: 'assigned' });
});

test('G7: errors: "failed" is a 200 with errorCode and errorMessage, when the hub is full', async () => {
  await azure.restart({ maxDevices: 0 });
  await azure.hub.enrollGroup('works', azure.authority.certificatePem);
  const { topic, body } = await provision('gw-too-many', await azure.identity('gw-too-many'));
  expect(topic).toContain('/res/200/');
  expect(body).toMatchObject({
    status: 'failed',
    registrationState: { status: 'failed', errorCode: expect.any(Number), errorMessage: expect.any(String) },
  });
  expect(azure.listener.appeared.mock.calls.map(([id]) => id)).not.toContain('gw-too-many');
  await azure.hub.removeGroup('works');
  await azure.restart();
});

test('G7: HTTPS: register with Retry-After, poll, and a shared access signature in Authorization', async () => {
  await azure.hub.enrollWithKeys('gw-https', KEYS);
  const authorization = sasToken(resourceOf('gw-https'), KEYS.primaryKey, 'registration');
  const path = `/${resourceOf('gw-https')}`;
  const body = { registrationId: 'gw-https' };
  const accepted = await azure.https('PUT', `${path}/register?${API}`, { authorization, body });
  expect(accepted).toMatchObject({ status: 202, retryAfter: '1', body: { status: 'assigning' } });
  const polled = await azure.https('GET', `${path}/operations/${accepted.body.operationId}?${API}`, { authorization });
  expect(polled).toMatchObject({ status: 200, body: { status: 'assigned' } });
  expect(await azure.https('PUT', `${path}/register?${API}`, { body })).toMatchObject({
    status: 401,
    body: { errorCode: 401_002 },
  });
});

test('G7: behaviour: no persistent sessions, QoS 2 granted as 1, at most 96 KB a message', async () => {
  const identity = await enrolled('gw-behaviour');
  for (let time = 0; time < 2; time += 1) {
    const gateway = await azure.dps(identity);
    gateway.send(connectPacket('gw-behaviour', { clean: false }), subscribe(RESPONSES, 2));
    expect(await gateway.next()).toMatchObject({ cmd: 'connack', returnCode: 0, sessionPresent: false });
    expect(await gateway.next()).toMatchObject({ cmd: 'suback', granted: [1] });
    gateway.send(publish('$dps/registrations/PUT/iotdps-register/?$rid=1', 'x'.repeat(96 * 1024)));
    await gateway.ended;
  }
});
