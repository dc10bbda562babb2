/** DPS on its one port: MQTT over WebSocket, and HTTPS. */
import { createServer } from 'node:https';
import { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { listen } from '../../listen.ts';
import { OpenSockets } from '../../open-sockets.ts';
import { ConnectionPool } from './connection-pool.ts';
import { type DeviceCertificate, presentedCertificate } from './device-certificate.ts';
import type { HubListen } from './hub-listen.ts';
import { MqttConnection } from './mqtt-connection.ts';
import { answerProvisioningRequest } from './provisioning-http.ts';
import { ProvisioningSession } from './provisioning-session.ts';
import type { Registrations } from './registrations.ts';

const WEBSOCKET_PATH = '/$iothub/websocket';
const MAX_PACKET_BYTES = 96 * 1024;
const TIMEOUT = 10_000;
const MAX_CONNECTIONS = 5000;

export interface StartedServer {
  stop(): Promise<void>;
}

/**
 * @throws ListenError
 */
export async function startProvisioningServer(
  options: HubListen,
  registrations: Registrations,
  log: Logger,
): Promise<StartedServer> {
  const pool = new ConnectionPool();
  const server = createServer({
    cert: options.certificate.certPem,
    key: options.certificate.keyPem,
    minVersion: 'TLSv1.2',
    // Devices sign their own certificates: whether it is the enrolled one is decided by its fingerprint.
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: TIMEOUT,
    headersTimeout: TIMEOUT,
    requestTimeout: TIMEOUT,
  });
  const sockets = new OpenSockets(server);
  server.maxConnections = MAX_CONNECTIONS;
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_PACKET_BYTES * 2,
    perMessageDeflate: false,
    // Answered as it was written: some SDKs ask for "MQTT".
    handleProtocols: (protocols) => [...protocols].find(isMqtt) ?? false,
  });

  server.on('request', (request, response) => {
    answerProvisioningRequest(request, response, registrations, certificateOf(request.socket)).catch(
      (error: unknown) => {
        log.warn({ problem: String(error) }, 'A provisioning request could not be answered.');
        response.destroy();
      },
    );
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const [path] = (request.url ?? '').split('?');
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (path !== WEBSOCKET_PATH || !protocols.some(isMqtt)) {
      socket.end(`HTTP/1.1 ${path === WEBSOCKET_PATH ? 400 : 404} Refused\r\nConnection: close\r\n\r\n`);
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const address = request.socket.remoteAddress;
      pool.serve(
        new MqttConnection({
          stream: createWebSocketStream(webSocket),
          service: new ProvisioningSession(registrations, certificateOf(request.socket)),
          maxPacketBytes: MAX_PACKET_BYTES,
          onProblem: (reason, cause) =>
            log.warn({ address, reason, cause: String(cause) }, 'A provisioning connection ended.'),
        }),
      );
    });
  });

  await listen(server, 'The provisioning service (DPS)', options.address, options.port);
  return {
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await pool.closeAll();
      sockets.destroyAll();
      await closed;
    },
  };
}

function isMqtt(protocol: string): boolean {
  return protocol.toLowerCase() === 'mqtt';
}

function certificateOf(socket: unknown): DeviceCertificate | null {
  return socket instanceof TLSSocket ? presentedCertificate(socket) : null;
}
