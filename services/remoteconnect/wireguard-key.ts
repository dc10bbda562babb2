/** The gateway's WireGuard key (T1): made here at the first start; only its public half ever leaves. */
import { generateWireguardKeyPair, publicKeyOf, type WireguardKeyPair } from '@edgegateway/tunnel/keys';
import { loadKeyFile } from './key-file.ts';
import type { ServiceLog } from './log.ts';

/** @throws ServiceError 'wireguard-key-invalid' */
export function loadWireguardKey(path: string, log: ServiceLog): Promise<WireguardKeyPair> {
  return loadKeyFile({
    ...{ path, log, name: 'a WireGuard key', invalid: 'wireguard-key-invalid' },
    generate: () => generateWireguardKeyPair().privateKey,
    pairOf: (privateKey) => ({ privateKey, publicKey: publicKeyOf(privateKey) }),
  });
}
