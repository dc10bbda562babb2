import { createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import { RELAY_TOKEN_ALGORITHM } from '@edgegateway/protocol/relay-token';
import { z } from 'zod';
import { readFileIfPresent, writeFileAtomically } from './atomic-file.ts';
import { PkiError } from './errors.ts';

const base64Url = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** RFC 8037: an Ed25519 private key as JWK. */
const privateJwk = z.looseObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: base64Url, d: base64Url });

/**
 * The key that signs relay tokens. Made once; the private half stays in a file of mode 0600, the public half is
 * written anew at each start so that relays never hold another one.
 * @throws PkiError token-key-damaged
 */
export async function ensureRelayTokenKey(privateFile: string, publicFile: string): Promise<KeyObject> {
  const stored = await readFileIfPresent(privateFile);
  const key = stored === null ? generateKeyPairSync('ed25519').privateKey : readKey(stored, privateFile);
  if (stored === null)
    await writeFileAtomically(privateFile, `${JSON.stringify(key.export({ format: 'jwk' }))}\n`, 'secret');
  const published = `${JSON.stringify(publicJwk(key))}\n`;
  if ((await readFileIfPresent(publicFile)) !== published) await writeFileAtomically(publicFile, published, 'public');
  return key;
}

export function publicJwk(key: KeyObject): JsonWebKey {
  return { ...createPublicKey(key).export({ format: 'jwk' }), alg: RELAY_TOKEN_ALGORITHM, use: 'sig' };
}

function readKey(text: string, file: string): KeyObject {
  try {
    return createPrivateKey({ key: privateJwk.parse(JSON.parse(text)), format: 'jwk' });
  } catch {
    // The cause would quote the key.
    throw new PkiError('token-key-damaged', `${file} is not a private key for relay tokens.`);
  }
}
