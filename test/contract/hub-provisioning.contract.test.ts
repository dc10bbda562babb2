/** DPS of the emulator, driven by Azure's own SDK and, over HTTPS, as its REST documentation says. */
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { azureRegistrar } from '@edgegateway/services/provisioning/azure-registrar';
import type { GatewayIdentity } from '@edgegateway/services/provisioning/identity';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { type HubFixture, ID_SCOPE, startHubFixture } from './hub-fixture.ts';

const operation = z.object({ operationId: z.string() });

let fixture: HubFixture;

beforeAll(async () => {
  fixture = await startHubFixture();
});
afterAll(() => fixture.close());

const register = (identity: GatewayIdentity) => azureRegistrar.register(identity, new AbortController().signal);

async function https(method: string, path: string, identity: GatewayIdentity | null, body?: unknown) {
  const credentials = identity === null ? {} : { cert: identity.certificatePem, key: identity.keyPem };
  const agent = new Agent({ keepAlive: false });
  const call = request(`https://localhost:${fixture.dpsPort}${path}`, {
    method,
    agent,
    ca: fixture.caPem,
    ...credentials,
    headers: { 'content-type': 'application/json; charset=utf-8' },
  });
  call.end(body === undefined ? undefined : JSON.stringify(body));
  const answered = Promise.withResolvers<{ status: number; retryAfter: string | undefined; body: unknown }>();
  call.on('error', answered.reject);
  call.on('response', (response) => {
    response.setEncoding('utf8');
    let text = '';
    response.on('data', (part: string) => {
      text += part;
    });
    response.on('end', () =>
      answered.resolve({
        status: response.statusCode ?? 0,
        retryAfter: response.headers['retry-after'],
        body: JSON.parse(text),
      }),
    );
  });
  return answered.promise;
}

const registrationPath = (identity: GatewayIdentity, rest: string) =>
  `/${ID_SCOPE}/registrations/${identity.registrationId}/${rest}?api-version=2019-03-31`;

test('G7: an enrolled gateway registers with the SDK over MQTT in a WebSocket', async () => {
  const identity = await fixture.enrolled('gw-websocket');
  expect(await register(identity)).toEqual({ hub: 'localhost', deviceId: 'gw-websocket' });
});

test('G7: an enrolled gateway registers over HTTPS', async () => {
  const identity = await fixture.enrolled('gw-https');
  const accepted = await https('PUT', registrationPath(identity, 'register'), identity, {
    registrationId: 'gw-https',
  });
  expect(accepted).toMatchObject({ status: 202, retryAfter: '1', body: { status: 'assigning' } });
  const { operationId } = operation.parse(accepted.body);
  const answer = await https('GET', registrationPath(identity, `operations/${operationId}`), identity);
  expect(answer).toMatchObject({
    status: 200,
    body: {
      operationId,
      status: 'assigned',
      registrationState: {
        registrationId: 'gw-https',
        assignedHub: 'localhost',
        deviceId: 'gw-https',
        status: 'assigned',
        substatus: 'initialAssignment',
      },
    },
  });
});

test('G7: a gateway that is not enrolled is refused', async () => {
  const identity = await fixture.newIdentity('gw-stranger');
  await expect(register(identity)).rejects.toMatchObject({ code: 'onboarding-refused' });
  expect(
    await https('PUT', registrationPath(identity, 'register'), identity, { registrationId: 'gw-stranger' }),
  ).toMatchObject({ status: 401, body: { errorCode: 401_002 } });
});

test('G7: another certificate with the same name is refused', async () => {
  await fixture.enrolled('gw-copied');
  const impostor = await fixture.newIdentity('gw-copied');
  await expect(register(impostor)).rejects.toMatchObject({ code: 'onboarding-refused' });
});

test("G7: a gateway's certificate opens no other gateway's registration", async () => {
  const identity = await fixture.enrolled('gw-one');
  await fixture.enrolled('gw-two');
  await expect(register({ ...identity, registrationId: 'gw-two' })).rejects.toMatchObject({
    code: 'onboarding-refused',
  });
});

test('G7: another ID scope is refused', async () => {
  const identity = await fixture.enrolled('gw-scope');
  await expect(register({ ...identity, idScope: '0ne00000000' })).rejects.toMatchObject({
    code: 'onboarding-refused',
  });
});

test('G7: a caller without a certificate is refused', async () => {
  const identity = await fixture.enrolled('gw-bare');
  const answer = await https('PUT', registrationPath(identity, 'register'), null, { registrationId: 'gw-bare' });
  expect(answer.status).toBe(401);
});

test('G7: an operation of another gateway is not told', async () => {
  const owner = await fixture.enrolled('gw-owner');
  const curious = await fixture.enrolled('gw-curious');
  const accepted = await https('PUT', registrationPath(owner, 'register'), owner, { registrationId: 'gw-owner' });
  const { operationId } = operation.parse(accepted.body);
  expect((await https('GET', registrationPath(owner, `operations/${operationId}`), curious)).status).toBe(401);
  expect((await https('GET', registrationPath(curious, `operations/${operationId}`), curious)).status).toBe(404);
});

test.each(['mqtt', 'MQTT'])('G7: the WebSocket subprotocol %s is accepted as it is written', async (protocol) => {
  const identity = await fixture.enrolled('gw-protocol');
  const socket = new WebSocket(`wss://localhost:${fixture.dpsPort}/$iothub/websocket`, protocol, {
    ca: identity.caPem ?? '',
    cert: identity.certificatePem,
    key: identity.keyPem,
  });
  await once(socket, 'open');
  expect(socket.protocol).toBe(protocol);
  socket.terminate();
});

test.each([
  ['a path that is none', 'GET', '/%zz', undefined, 404],
  ['a path of another service', 'GET', '/', undefined, 404],
  ['a request without its API version', 'PUT', `/${ID_SCOPE}/registrations/gw-rest/register`, undefined, 400],
  ['a body for another gateway', 'PUT', null, { registrationId: 'gw-other' }, 400],
  ['a body of more than 96 KB', 'PUT', null, { registrationId: 'x'.repeat(100_000) }, 400],
])('G7: over HTTPS, %s is refused', async (_what, method, path, body, status) => {
  const identity = await fixture.enrolled('gw-rest');
  const answer = await https(method, path ?? registrationPath(identity, 'register'), identity, body);
  expect(answer.status).toBe(status);
});
