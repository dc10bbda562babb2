import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileIfPresent, writeFileAtomically } from './atomic-file.ts';
import { PkiError } from './errors.ts';

/**
 * The key (Ed25519) that signs exports of the audit log. Made once; the private half stays in a file of mode 0600, the public half
 * is written anew at each start, for auditors.
 * @throws PkiError audit-key-damaged
 */
export async function ensureAuditKey(privateFile: string, publicFile: string): Promise<KeyObject> {
  const stored = await readFileIfPresent(privateFile);
  const key = stored === null ? generateKeyPairSync('ed25519').privateKey : readKey(stored, privateFile);
  if (stored === null)
    await writeFileAtomically(privateFile, String(key.export({ type: 'pkcs8', format: 'pem' })), 'secret');
  const published = publicPem(key);
  if ((await readFileIfPresent(publicFile)) !== published) await writeFileAtomically(publicFile, published, 'public');
  return key;
}

/** SPKI, PEM. */
export function publicPem(key: KeyObject): string {
  return String(createPublicKey(key).export({ type: 'spki', format: 'pem' }));
}

function readKey(text: string, file: string): KeyObject {
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // The cause would quote the key.
  }
  throw new PkiError('audit-key-damaged', `${file} is not a private key for exports of the audit log.`);
}
