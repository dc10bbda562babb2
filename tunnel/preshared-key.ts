/**
 * WireGuard's preshared key of one session and peer, the same at both ends.
 *
 * WireGuard mixes it into every handshake beside X25519, so who records a session and breaks X25519 later lacks it still.
 * It is HKDF-SHA256 (RFC 5869) of the secret that client and gateway share by ML-KEM-768 (FIPS 203, key-encapsulation.ts).
 * `info` names the purpose, the session and both WireGuard public keys, each of a fixed length: a secret gives another key
 * in another session, and ends that do not mean the same session and the same two peers do not come together. There is
 * no salt, because the secret is uniformly random already (RFC 5869 section 3.1).
 */
import { hkdfSync } from 'node:crypto';

const CONTEXT = 'remoteconnect preshared key 1';
const KEY_BYTES = 32;

export interface PresharedKeyParties {
  readonly sessionId: string;
  /** WireGuard public keys, base64. */
  readonly clientPublicKey: string;
  readonly gatewayPublicKey: string;
}

/** @returns base64 of 32 bytes, a secret: never logged, never a process argument */
export function presharedKeyOf(secret: Uint8Array, parties: PresharedKeyParties): string {
  const { sessionId, clientPublicKey, gatewayPublicKey } = parties;
  const keys = [clientPublicKey, gatewayPublicKey].map((key) => Buffer.from(key, 'base64'));
  const info = Buffer.concat([Buffer.from(`${CONTEXT} ${sessionId}`), ...keys]);
  return Buffer.from(hkdfSync('sha256', secret, '', info, KEY_BYTES)).toString('base64');
}
