/**
 * Tunnel addresses out of the cloud's network for them (configuration.ts, `tunnelNetwork`): the lower half for gateways, the
 * third quarter for clients, the last for devices that clients reach under another address than their own. Pure.
 */
import { ipv4Number, ipv4Range, ipv4Text } from '@edgegateway/protocol/ipv4';

export type AddressOwner = 'gateway' | 'client' | 'device';

export interface AddressPlace {
  /** In CIDR notation. */
  readonly network: string;
  readonly taken: ReadonlySet<string>;
  /** What addresses mean already where this one is used, in CIDR notation (protocol/wire-values.ts, occupiedNetworks). */
  readonly occupied: readonly string[];
}

/** Which eighths of the network, the first and the one after the last. */
const PARTS: Readonly<Record<AddressOwner, readonly [from: number, to: number]>> = {
  gateway: [0, 4],
  client: [4, 6],
  device: [6, 8],
};

/**
 * The lowest address that nobody has and that lies in no occupied network. A carrier may have all of them in one network:
 * then the lowest that is none of its single addresses. Ends in neither .0 nor .255, which some firewalls drop.
 * @returns null when all are taken
 */
export function freeTunnelAddress(owner: AddressOwner, { network, taken, occupied }: AddressPlace): string | null {
  return lowest(owner, network, taken, occupied) ?? lowest(owner, network, taken, occupied.filter(isSingle));
}

/** Whether a gateway keeps its address: what is around it may have changed, or the cloud's network. */
export function isAddressFine(address: string, { network, occupied }: Omit<AddressPlace, 'taken'>): boolean {
  const value = ipv4Number(address);
  return isIn(ipv4Range(network), value) && !occupied.some((one) => isIn(ipv4Range(one), value));
}

export function isSingle(network: string): boolean {
  return network.endsWith('/32');
}

function lowest(
  owner: AddressOwner,
  network: string,
  taken: ReadonlySet<string>,
  occupied: readonly string[],
): string | null {
  const { first, last } = ipv4Range(network);
  const eighth = (last - first + 1) / 8;
  const [from, to] = PARTS[owner];
  const ranges = occupied.map(ipv4Range);
  for (let at = first + from * eighth; at < first + to * eighth; at += 1) {
    const around = ranges.find((range) => isIn(range, at));
    if (around !== undefined) {
      at = around.last;
      continue;
    }
    const end = at % 256;
    const address = ipv4Text(at);
    if (end !== 0 && end !== 255 && !taken.has(address)) return address;
  }
  return null;
}

function isIn({ first, last }: { readonly first: number; readonly last: number }, value: number): boolean {
  return first <= value && value <= last;
}
