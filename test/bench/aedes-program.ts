/** Program of the benchmark `hub-scale`, the peer: the MQTT broker aedes with TLS and client certificates. */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { createServer } from 'node:tls';
import { Aedes } from 'aedes';
import { z } from 'zod';

const settings = z.strictObject({ port: z.int(), certificatePem: z.string(), keyPem: z.string() });

const { port, certificatePem, keyPem } = settings.parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')));
const broker = await Aedes.createBroker();
const server = createServer(
  { cert: certificatePem, key: keyPem, minVersion: 'TLSv1.2', requestCert: true, rejectUnauthorized: false },
  broker.handle,
);
server.listen(port, '127.0.0.1', () => process.send?.('ready'));
process.once('disconnect', () => process.exit());
