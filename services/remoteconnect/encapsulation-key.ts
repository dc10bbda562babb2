/** The gateway's ML-KEM-768 key (T1), of which its peers' preshared keys come: made here; only its public half ever leaves. */
import { type EncapsulationKeyPair, generateSeed, keyPairOf } from '@edgegateway/tunnel/key-encapsulation';
import { readIfPresent, writeDurably } from '../durable-file.ts';
import { ServiceError } from '../errors.ts';
import type { ServiceLog } from './log.ts';

/** @throws ServiceError 'encapsulation-key-invalid': a new one in its place would go unnoticed */
export async function loadEncapsulationKey(path: string, log: ServiceLog): Promise<EncapsulationKeyPair> {
  const stored = (await readIfPresent(path))?.trim();
  if (stored !== undefined) return pairOf(stored, path);
  const seed = generateSeed();
  await writeDurably(path, `${seed}\n`);
  log.info({}, 'an encapsulation key was made, because there was none');
  return keyPairOf(seed);
}

function pairOf(seed: string, path: string): EncapsulationKeyPair {
  try {
    return keyPairOf(seed);
  } catch {
    // The cause could quote what the file holds.
    throw new ServiceError('encapsulation-key-invalid', path);
  }
}
