/** IoT Hub's port: MQTT over TLS. */
import { createServer } from 'node:tls';
import type { Logger } from 'pino';
import { listen } from '../../listen.ts';
import { OpenSockets } from '../../open-sockets.ts';
import { ConnectionPool } from './connection-pool.ts';
import { presentedCertificate } from './device-certificate.ts';
import type { HubListen } from './hub-listen.ts';
import { type HubContext, HubSession } from './hub-session.ts';
import { MqttConnection } from './mqtt-connection.ts';
import type { StartedServer } from './provisioning-server.ts';

/** A message of 256 KB, and its topic with properties. */
const MAX_PACKET_BYTES = 320 * 1024;
const HANDSHAKE_TIMEOUT = 10_000;
const MAX_CONNECTIONS = 5000;

/**
 * @throws ListenError
 */
export async function startHubServer(options: HubListen, context: HubContext, log: Logger): Promise<StartedServer> {
  const pool = new ConnectionPool();
  const server = createServer(
    {
      cert: options.certificate.certPem,
      key: options.certificate.keyPem,
      minVersion: 'TLSv1.2',
      // Devices sign their own certificates: whether it is the enrolled one is decided by its fingerprint.
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_TIMEOUT,
    },
    (socket) => {
      socket.setNoDelay(true);
      const certificate = presentedCertificate(socket);
      const address = socket.remoteAddress;
      pool.serve(
        new MqttConnection({
          stream: socket,
          service: new HubSession(context, certificate),
          maxPacketBytes: MAX_PACKET_BYTES,
          onProblem: (reason, cause) =>
            log.warn(
              { address, device: certificate?.commonName, reason, cause: String(cause) },
              'A hub connection ended.',
            ),
        }),
      );
    },
  );
  const sockets = new OpenSockets(server);
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, 'The IoT Hub', options.address, options.port);
  return {
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await pool.closeAll();
      sockets.destroyAll();
      await closed;
    },
  };
}
