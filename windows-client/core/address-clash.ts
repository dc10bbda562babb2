/**
 * Whether released addresses mean something else already where the technician is.
 *
 * A released address leads into the tunnel, whatever it stood for before (a /32 route is the most exact one). Where it
 * stands for something that the tunnel itself is built on, the tunnel would cut its own way.
 */
import { isInNetwork } from '@edgegateway/protocol/ipv4';
import { ClientError } from './errors.ts';

export interface Surroundings {
  /** Whom the tunnel has to reach by its own way, with the IPv4 addresses that are known of them. */
  readonly needed: readonly { readonly what: string; readonly addresses: readonly string[] }[];
  /** This computer's own IPv4 addresses, each with its network (`192.168.1.7/24`). */
  readonly networks: readonly { readonly interfaceName: string; readonly address: string; readonly cidr: string }[];
}

/** As one of those that are needed: the tunnel's own address at this end. */
export const IN_TUNNEL = 'this computer in the tunnel';

/**
 * @param released IPv4 addresses
 * @throws ClientError address-in-the-way for the first released address that the tunnel itself is built on
 */
export function requireFreeWay(released: readonly string[], { needed }: Surroundings): void {
  for (const address of released) {
    const owner = needed.find(({ addresses }) => addresses.includes(address));
    if (owner !== undefined) {
      throw new ClientError('address-in-the-way', `${address} is released, and is the address of ${owner.what}.`);
    }
  }
}

/**
 * Before the tunnel's interface is made: it would take the address away from what has it now.
 * @param address this computer's own in the tunnel
 * @throws ClientError tunnel-address-taken
 */
export function requireFreeTunnelAddress(address: string, { needed, networks }: Surroundings): void {
  const owner = needed.find((one) => one.what !== IN_TUNNEL && one.addresses.includes(address));
  // An interface with an address and no network is a tunnel, and may be this one.
  const own = networks.find((network) => network.address === address && !network.cidr.endsWith('/32'));
  if (owner === undefined && own === undefined) return;
  const what = owner?.what ?? `this computer itself (${own?.interfaceName ?? ''})`;
  throw new ClientError('tunnel-address-taken', `${address}, the address in the tunnel, is that of ${what}.`);
}

/** A plain sentence where neighbours of this computer may have its address in the tunnel; null: there are none. */
export function tunnelAddressNotice(address: string, { networks }: Surroundings): string | null {
  const network = networks.find(({ cidr }) => !cidr.endsWith('/32') && isInNetwork(address, cidr));
  if (network === undefined) return null;
  return `${address}, this computer's address in the tunnel, lies in its own network (${network.interfaceName}, ${network.cidr}): while the session runs, a device of your own network with this address is not reached.`;
}

/** One plain sentence for each released address that lies in one of this computer's own networks (T7). */
export function ownNetworkClashes(released: readonly string[], { networks }: Surroundings): string[] {
  return released.flatMap((address) => {
    if (networks.some((network) => network.address === address))
      return `${address} is this computer's own address: the device in the plant is not reached under it.`;
    const network = networks.find(({ cidr }) => isInNetwork(address, cidr));
    if (network === undefined) return [];
    return `${address} lies in this computer's own network (${network.interfaceName}, ${network.cidr}): while the session runs it leads to the plant, and a device of your own network with this address is not reached.`;
  });
}
