import { performance } from 'node:perf_hooks';
import { isSameAddress, type TransportAddress } from './path/candidate.ts';
import { PATH_TIMES } from './path/path-times.ts';
import type { WireguardInterface } from './wireguard-device.ts';

/** On a machine that is too busy for the time to suffice. */
const LEAST_LOOKS = 3;

/**
 * Whether WireGuard sends to this address of the peer's, now or within a moment. While it is handed nothing else of the
 * peer, only a packet that it has authenticated from there can have moved it (WireGuard's paper, section 2.1).
 * @throws CommandError
 */
export async function isAddressAdopted(
  device: WireguardInterface,
  publicKey: string,
  address: TransportAddress,
): Promise<boolean> {
  const end = performance.now() + PATH_TIMES.adoption;
  let looks = 0;
  do {
    looks += 1;
    const endpoint = (await device.readPeers()).find((peer) => peer.publicKey === publicKey)?.endpoint ?? null;
    if (endpoint !== null && isSameAddress(endpoint, address)) return true;
  } while (performance.now() < end || looks < LEAST_LOOKS);
  return false;
}
