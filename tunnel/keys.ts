/**
 * WireGuard keys (Curve25519, RFC 7748) as `wg` writes them: base64 of the raw 32 bytes.
 * node:crypto keeps X25519 keys in DER; these prefixes are what DER puts before the raw bytes (RFC 8410).
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

const PRIVATE_KEY_DER_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_KEY_DER_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');
const KEY_BYTES = 32;

export interface WireguardKeyPair {
  /** Base64, a secret: never logged, never a process argument. */
  readonly privateKey: string;
  readonly publicKey: string;
}

export function generateWireguardKeyPair(): WireguardKeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  return { privateKey: exportPrivateKey(privateKey), publicKey: exportPublicKey(publicKey) };
}

/**
 * @throws RangeError when `privateKey` is not base64 of 32 bytes
 */
export function publicKeyOf(privateKey: string): string {
  return exportPublicKey(createPublicKey(importPrivateKey(privateKey)));
}

/**
 * @throws RangeError when `privateKey` is not base64 of 32 bytes
 */
export function importPrivateKey(privateKey: string): KeyObject {
  const der = Buffer.concat([PRIVATE_KEY_DER_PREFIX, rawBytes(privateKey)]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

/**
 * @throws RangeError when `publicKey` is not base64 of 32 bytes
 */
export function importPublicKey(publicKey: string): KeyObject {
  const der = Buffer.concat([PUBLIC_KEY_DER_PREFIX, rawBytes(publicKey)]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}

function exportPrivateKey(key: KeyObject): string {
  return key.export({ format: 'der', type: 'pkcs8' }).subarray(-KEY_BYTES).toString('base64');
}

function exportPublicKey(key: KeyObject): string {
  return key.export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES).toString('base64');
}

function rawBytes(key: string): Buffer {
  const bytes = Buffer.from(key, 'base64');
  if (bytes.length !== KEY_BYTES || bytes.toString('base64') !== key) {
    throw new RangeError('a WireGuard key is base64 of 32 bytes');
  }
  return bytes;
}
