/**
 * Proof that an end holds the private half of its WireGuard key (relay-control.ts): X25519 (RFC 7748) between that key
 * and one that the relay makes for this connection only.
 */
import {
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { relayProofMessage } from '@edgegateway/protocol/relay-control';

/** What DER puts before the 32 raw bytes of an X25519 public key (RFC 8410). */
const PUBLIC_KEY_DER_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

export interface Challenge {
  /** Base64 of the relay's ephemeral public key. */
  readonly publicKey: string;
  /** Base64 of 32 random bytes. */
  readonly nonce: string;
  /** True when `mac` (base64) proves possession of the key that was challenged. Good for one answer. */
  isAnsweredBy(mac: string): boolean;
}

/** @param endPublicKey base64 of 32 bytes, as the end claims it */
export function challengeFor(endPublicKey: string): Challenge {
  const ephemeral = generateKeyPairSync('x25519');
  const publicKey = ephemeral.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
  const nonce = randomBytes(32).toString('base64');
  return {
    publicKey,
    nonce,
    isAnsweredBy(mac) {
      const secret = sharedSecret(ephemeral.privateKey, endPublicKey);
      if (secret === null) return false;
      const expected = createHmac('sha256', secret)
        .update(relayProofMessage(nonce, endPublicKey, publicKey))
        .digest();
      const given = Buffer.from(mac, 'base64');
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}

/** Null for points of low order: with them the secret is zero whoever asks (RFC 7748 section 6.1). */
function sharedSecret(privateKey: KeyObject, endPublicKey: string): Buffer | null {
  try {
    const der = Buffer.concat([PUBLIC_KEY_DER_PREFIX, Buffer.from(endPublicKey, 'base64')]);
    const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
    const secret = diffieHellman({ privateKey, publicKey });
    return secret.every((byte) => byte === 0) ? null : secret;
  } catch {
    return null;
  }
}
