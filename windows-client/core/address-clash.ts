/**
 * Whether released addresses mean something else already where the technician is.
 *
 * A released address leads into the tunnel, whatever it stood for before (a /32 route is the most exact one). Where it
 * stands for something that the tunnel itself is built on, the tunnel would cut its own way.
 */
import { BlockList } from 'node:net';
import { ClientError } from './errors.ts';

export interface Surroundings {
  /** Whom the tunnel has to reach by its own way, with the IPv4 addresses that are known of them. */
  readonly needed: readonly { readonly what: string; readonly addresses: readonly string[] }[];
  /** This computer's own IPv4 addresses, each with its network (`192.168.1.7/24`). */
  readonly networks: readonly { readonly interfaceName: string; readonly address: string; readonly cidr: string }[];
}

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

/** One plain sentence for each released address that lies in one of this computer's own networks (T7). */
export function ownNetworkClashes(released: readonly string[], { networks }: Surroundings): string[] {
  return released.flatMap((address) => {
    if (networks.some((network) => network.address === address))
      return `${address} is this computer's own address: the device in the plant is not reached under it.`;
    const network = networks.find(({ cidr }) => isIn(address, cidr));
    if (network === undefined) return [];
    return `${address} lies in this computer's own network (${network.interfaceName}, ${network.cidr}): while the session runs it leads to the plant, and a device of your own network with this address is not reached.`;
  });
}

function isIn(address: string, cidr: string): boolean {
  const [network = '', prefix = ''] = cidr.split('/');
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), 'ipv4');
  return list.check(address, 'ipv4');
}
