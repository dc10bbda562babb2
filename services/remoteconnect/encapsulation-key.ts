/** The gateway's ML-KEM-768 key (T1), of which its peers' preshared keys come: made here; only its public half ever leaves. */
import { type EncapsulationKeyPair, generateSeed, keyPairOf } from '@edgegateway/tunnel/key-encapsulation';
import { loadKeyFile } from './key-file.ts';
import type { ServiceLog } from './log.ts';

/** @throws ServiceError 'encapsulation-key-invalid' */
export function loadEncapsulationKey(path: string, log: ServiceLog): Promise<EncapsulationKeyPair> {
  return loadKeyFile({
    ...{ path, log, name: 'an encapsulation key', invalid: 'encapsulation-key-invalid' },
    generate: generateSeed,
    pairOf: keyPairOf,
  });
}
