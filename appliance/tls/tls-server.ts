import type { Server, ServerOptions } from 'node:https';
import type { KeyedCertificate } from './certificate.ts';

const HANDSHAKE_MILLISECONDS = 10_000;

/** HTTPS and nothing else: there is no plain form to fall back to. */
export function tlsSettings(pair: KeyedCertificate): ServerOptions {
  return {
    key: pair.key,
    cert: pair.certificate,
    minVersion: 'TLSv1.2',
    handshakeTimeout: HANDSHAKE_MILLISECONDS,
    headersTimeout: HANDSHAKE_MILLISECONDS,
  };
}

/** Takes the socket that systemd has bound. */
export async function listenOn(server: Server, descriptor: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ fd: descriptor }, resolve);
  await promise;
  server.off('error', reject);
}

/** New connections get the new certificate; those that stand are not disturbed. */
export function renew(server: Server, pair: KeyedCertificate): void {
  server.setSecureContext({ key: pair.key, cert: pair.certificate, minVersion: 'TLSv1.2' });
}
