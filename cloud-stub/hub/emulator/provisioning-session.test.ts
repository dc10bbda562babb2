import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { generate, type IConnectPacket, type Packet } from 'mqtt-packet';
import { beforeAll, expect, test } from 'vitest';
import { type DeviceCertificate, describeCertificate } from './device-certificate.ts';
import { MqttConnection } from './mqtt-connection.ts';
import { ProvisioningSession } from './provisioning-session.ts';
import { Registrations } from './registrations.ts';
import { createHubBench, GATEWAY, newCertificatePem, TestGateway } from './testing.ts';

const ID_SCOPE = '0ne0000A1B2';
const CONNECT: IConnectPacket = {
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clientId: GATEWAY,
  username: `${ID_SCOPE}/registrations/${GATEWAY}/api-version=2019-03-31&ClientVersion=sdk%2F1.9.1`,
  clean: true,
  keepalive: 30,
};
const publish = (topic: string, payload: string): Packet => ({
  cmd: 'publish',
  topic,
  payload,
  qos: 1,
  messageId: 5,
  dup: false,
  retain: false,
});
const SUBSCRIBE: Packet = {
  cmd: 'subscribe',
  messageId: 3,
  subscriptions: [{ topic: '$dps/registrations/res/#', qos: 2 }],
};
const REGISTER = publish('$dps/registrations/PUT/iotdps-register/?$rid=r-1', `{"registrationId":"${GATEWAY}"}`);

let registrations: Registrations;
let certificate: DeviceCertificate;

beforeAll(async () => {
  const pem = await newCertificatePem(GATEWAY);
  const listener = {
    connectionChanged: async () => undefined,
    reported: async () => undefined,
    telemetry: async () => undefined,
  };
  const { registry } = await createHubBench(pem, listener);
  registrations = new Registrations({
    ...{ registry, listener, idScope: ID_SCOPE, assignedHub: 'hub.example', maxDevices: 10 },
    onReplaced: () => undefined,
  });
  certificate = describeCertificate(new X509Certificate(pem));
});

function connect(presented: DeviceCertificate | null = certificate): TestGateway {
  return TestGateway.servedBy((stream, onProblem) =>
    new MqttConnection({
      stream,
      service: new ProvisioningSession(registrations, presented),
      maxPacketBytes: 96 * 1024,
      onProblem,
    }).run(),
  );
}

test('G7: QoS 2 is granted as 1, 202 asks to wait, and 200 with the assignment follows', async () => {
  const gateway = connect();
  gateway.send(CONNECT, SUBSCRIBE, REGISTER);
  expect(await gateway.next()).toMatchObject({ cmd: 'connack', returnCode: 0, sessionPresent: false });
  expect(await gateway.next()).toMatchObject({ cmd: 'suback', granted: [1] });
  const accepted = await gateway.next();
  if (accepted.cmd !== 'publish') throw new Error('no answer');
  expect(accepted.topic).toBe('$dps/registrations/res/202/?$rid=r-1&retry-after=1');
  const { operationId }: { operationId: string } = JSON.parse(accepted.payload.toString());
  expect(await gateway.next()).toMatchObject({ cmd: 'puback', messageId: 5 });
  gateway.send(publish(`$dps/registrations/GET/iotdps-get-operationstatus/?$rid=r-2&operationId=${operationId}`, ' '));
  expect(await gateway.next()).toMatchObject({ topic: '$dps/registrations/res/200/?$rid=r-2' });
  gateway.end();
  await gateway.ended;
});

test.each<[string, Partial<IConnectPacket>, number]>([
  ['another user name than its certificate', { username: `${ID_SCOPE}/registrations/gw-2/api-version=2019-03-31` }, 5],
  ['no API version', { username: `${ID_SCOPE}/registrations/${GATEWAY}` }, 5],
  ['another client id', { clientId: 'gw-2' }, 2],
])('G7: CONNECT with %s is refused', async (_what, changes, returnCode) => {
  const gateway = connect();
  gateway.send({ ...CONNECT, ...changes });
  expect(await gateway.next()).toMatchObject({ cmd: 'connack', returnCode });
  await gateway.ended;
});

test('G7: CONNECT without a certificate is refused', async () => {
  const gateway = connect(null);
  gateway.send(CONNECT);
  expect(await gateway.next()).toMatchObject({ cmd: 'connack', returnCode: 5 });
  await gateway.ended;
});

test('G7: no bytes whatever break the provisioning service', async () => {
  const good = Buffer.concat([CONNECT, SUBSCRIBE, REGISTER].map((packet) => generate(packet)));
  const mutated = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 5 }).map((changes) => {
    const bytes = Buffer.from(good);
    for (const [at, value] of changes) bytes[at] = value;
    return bytes;
  });
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 300 }), mutated), async (bytes) => {
      const gateway = connect();
      gateway.sendBytes(bytes);
      gateway.end();
      await gateway.ended;
    }),
    { numRuns: 500 },
  );
  const gateway = connect();
  gateway.send(CONNECT);
  expect(await gateway.next()).toMatchObject({ cmd: 'connack', returnCode: 0 });
  gateway.end();
  await gateway.ended;
});
