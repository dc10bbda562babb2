/** The gateway's WireGuard key (T1): made here at the first start; only its public half ever leaves. */
import { generateWireguardKeyPair, publicKeyOf, type WireguardKeyPair } from '@edgegateway/tunnel/keys';
import { readIfPresent, writeDurably } from '../durable-file.ts';
import { ServiceError } from '../errors.ts';

/** @throws ServiceError 'wireguard-key-invalid': a new one in its place would go unnoticed */
export async function loadWireguardKey(path: string): Promise<WireguardKeyPair> {
  const stored = (await readIfPresent(path))?.trim();
  if (stored !== undefined) return pairOf(stored, path);
  const pair = generateWireguardKeyPair();
  await writeDurably(path, `${pair.privateKey}\n`);
  return pair;
}

function pairOf(privateKey: string, path: string): WireguardKeyPair {
  try {
    return { privateKey, publicKey: publicKeyOf(privateKey) };
  } catch {
    // The cause could quote what the file holds.
    throw new ServiceError('wireguard-key-invalid', path);
  }
}
