/**
 * A relay for tests of the tunnel, inside the namespace that it is started in. Prints `ready` once it serves.
 *
 *     node tunnel-relay-program.ts FILE       FILE: RelaySettings as JSON
 */
import { readFileSync } from 'node:fs';
import { RelayServer } from '@edgegateway/cloud-stub/relay/relay-server';
import { createTokenCheck } from '@edgegateway/cloud-stub/relay/token-check';
import { pino } from 'pino';
import { z } from 'zod';

const relaySettings = z.object({
  name: z.string(),
  address: z.string(),
  port: z.int(),
  certPem: z.string(),
  keyPem: z.string(),
  /** JWK of the key that tokens are checked with. */
  tokenKey: z.string(),
});
export type RelaySettings = z.infer<typeof relaySettings>;

const { tokenKey, ...settings } = relaySettings.parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')));
const server = new RelayServer({
  ...settings,
  checkToken: await createTokenCheck(tokenKey),
  log: pino({ level: 'silent' }),
});
await server.start();
process.once('SIGTERM', () => void server.stop());
console.log(`ready ${settings.name}`);
