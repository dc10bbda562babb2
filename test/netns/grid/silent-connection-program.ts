/**
 * Opens a connection through an HTTP proxy and never says a word.
 *
 *     node silent-connection-program.ts FILE       FILE: SilentConnectionSettings as JSON
 *
 * Prints `ready` once it stands, and `cut` when the proxy has ended it.
 */
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { httpProxy } from '@edgegateway/tunnel/http-proxy';
import { z } from 'zod';

const silentConnectionSettings = z.object({
  proxy: httpProxy,
  /** `ADDRESS:PORT` */
  target: z.string(),
});
export type SilentConnectionSettings = z.infer<typeof silentConnectionSettings>;

const { proxy, target } = silentConnectionSettings.parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')));
const { credentials, url } = proxy;
const auth = credentials === null ? undefined : `Basic ${btoa(`${credentials.user}:${credentials.password}`)}`;
const { hostname: host, port } = new URL(url);
const headers = auth === undefined ? {} : { 'proxy-authorization': auth };
const connecting = request({ method: 'CONNECT', host, port, path: target, headers });
connecting.once('connect', ({ statusCode }, socket) => {
  if (statusCode !== 200) throw new Error(`The proxy answered with status ${statusCode}.`);
  socket.once('close', () => console.log('cut'));
  socket.on('error', () => socket.destroy());
  socket.resume();
  console.log('ready');
});
connecting.end();
process.once('SIGTERM', () => process.exit());
