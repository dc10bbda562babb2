/** A DPS and an IoT Hub that say what a test has them say, over the wire that Azure's device SDKs expect. */
import { createServer as createHttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { ConnectionPool } from '@edgegateway/cloud-stub/hub/emulator/connection-pool';
import { CONNACK, MqttConnection, type MqttService } from '@edgegateway/cloud-stub/hub/emulator/mqtt-connection';
import { parseRequestTopic, requestId } from '@edgegateway/cloud-stub/hub/emulator/request-topic';
import { listen } from '@edgegateway/cloud-stub/listen';
import { OpenSockets } from '@edgegateway/cloud-stub/open-sockets';
import { createAuthority, issueHostCertificate } from '@edgegateway/cloud-stub/pki/x509';
import type { GatewayIdentity } from '@edgegateway/services/provisioning/identity';
import { createWebSocketStream, WebSocketServer } from 'ws';

const HOST = 'localhost';
const ADDRESS = '127.0.0.1';

export interface ScriptedRequest {
  /** The topic without its parameters. */
  readonly path: string;
  /** The `$rid` that an answer repeats. */
  readonly rid: string;
  publish(topic: string, payload: string | Buffer): void;
  /** Ends the connection instead of an answer. */
  hangUp(): void;
}

export interface ScriptedAzure {
  readonly identity: GatewayIdentity;
  readonly hubPort: number;
  /** Called with every publication of the gateway; replaced by each test. */
  onRequest: (request: ScriptedRequest) => void;
  close(): Promise<void>;
}

export async function startScriptedAzure(registrationId: string): Promise<ScriptedAzure> {
  const now = new Date();
  const authority = await createAuthority(now);
  const own = await issueHostCertificate(authority, HOST, now);
  const device = await issueHostCertificate(authority, registrationId, now);
  const tls = { cert: own.certificatePem, key: own.keyPem, requestCert: true, rejectUnauthorized: false };
  const pool = new ConnectionPool();
  const serve = (stream: Duplex) =>
    pool.serve(new MqttConnection({ stream, service, maxPacketBytes: 320 * 1024, onProblem: () => undefined }));

  const webSockets = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false });
  const dps = createHttpsServer(tls).on('upgrade', (request, socket, head) => {
    webSockets.handleUpgrade(request, socket, head, (webSocket) => serve(createWebSocketStream(webSocket)));
  });
  const hub = createTlsServer(tls, serve);
  const sockets = [new OpenSockets(dps), new OpenSockets(hub)];
  const dpsPort = await listen(dps, 'The scripted DPS', ADDRESS, 0);

  const scripted: ScriptedAzure = {
    identity: {
      ...{ idScope: '0ne0000A1B2', registrationId, dps: { host: HOST, port: dpsPort } },
      ...{ certificatePem: device.certificatePem, keyPem: device.keyPem, caPem: authority.certificatePem },
    },
    hubPort: await listen(hub, 'The scripted hub', ADDRESS, 0),
    onRequest: () => undefined,
    async close() {
      const closed = [dps, hub].map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
      await pool.closeAll();
      for (const open of sockets) open.destroyAll();
      await Promise.all(closed);
    },
  };
  const service: MqttService = {
    connect: async () => ({ returnCode: CONNACK.accepted, sessionPresent: false }),
    subscribe: async ({ subscriptions }) => subscriptions.map(({ qos }) => (qos === 0 ? 0 : 1)),
    unsubscribe: async () => undefined,
    closed: async () => undefined,
    async publish(packet, connection) {
      const topic = parseRequestTopic(packet.topic);
      scripted.onRequest({
        path: topic.path,
        rid: requestId(topic) ?? '',
        publish: (answer, payload) => void connection.publish(answer, payload),
        hangUp: () => connection.close(),
      });
    },
  };
  return scripted;
}
