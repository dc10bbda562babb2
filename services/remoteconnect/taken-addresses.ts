/**
 * What addresses mean already around the gateway, and which sessions cannot run because of it. Pure.
 *
 * A tunnel's address that is also the gateway's own, its router's or a name server's would take away its own way out. A
 * released one of that kind is no machine of the plant: a client that routed it into the tunnel would cut the direct path.
 */
import type { NetworkInterfaceInfo } from 'node:os';
import type { GatewaySession } from '@edgegateway/protocol/gateway-configuration';
import { isInNetwork } from '@edgegateway/protocol/ipv4';
import type { WayOut } from '@edgegateway/tunnel/way-out';
import { networkOf } from './local-networks.ts';

export interface TakenAddress {
  /** Goes on "is the address of ...". */
  readonly what: string;
  readonly address: string;
  /** Machines and the gateway's own address among them may be released; what is outside of the plant may not. */
  readonly side: 'plant' | 'outside';
}

export interface TakenAddresses {
  readonly single: readonly TakenAddress[];
  /** The networks of the gateway's other sides, in CIDR notation. */
  readonly networks: readonly string[];
}

export const NOTHING_TAKEN: TakenAddresses = { single: [], networks: [] };

/** As many as a report has room for (protocol/wire-values.ts). */
const REPORTED = 32;

export interface Sides {
  readonly tunnelInterface: string;
  readonly plantInterface: string;
}

/** A name server or router that stands in a network of the plant is one of its machines, too. */
export function takenAddresses(
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>,
  { routers, nameServers }: WayOut,
  { tunnelInterface, plantInterface }: Sides,
): TakenAddresses {
  const own = Object.entries(interfaces).flatMap(([name, list = []]) =>
    list.flatMap(({ family, internal, address, cidr }) =>
      family !== 'IPv4' || internal || cidr === null || name === tunnelInterface
        ? []
        : [{ name, address, cidr, side: name === plantInterface ? ('plant' as const) : ('outside' as const) }],
    ),
  );
  const plants = own.filter(({ side }) => side === 'plant');
  const sideOf = (address: string): TakenAddress['side'] =>
    plants.some(({ cidr }) => isInNetwork(address, cidr)) ? 'plant' : 'outside';
  return {
    single: [
      ...own.map(({ name, address, side }) => ({ what: `this gateway itself (${name})`, address, side })),
      ...routers.map((address) => ({ what: "this gateway's router", address, side: sideOf(address) })),
      ...nameServers.map((address) => ({ what: "this gateway's name server", address, side: sideOf(address) })),
    ],
    networks: [...new Set(own.flatMap(({ side, cidr }) => (side === 'outside' ? [networkOf(cidr)] : [])))].sort(),
  };
}

/** What the cloud is told: each network, and each single address as /32, that is not the plant's. */
export function occupiedBy({ single, networks }: TakenAddresses): string[] {
  const addresses = single.flatMap(({ side, address }) => (side === 'outside' ? [`${address}/32`] : []));
  return [...new Set([...addresses.sort(), ...networks])].slice(0, REPORTED);
}

/**
 * Why this session cannot run here, in a plain sentence that names the address; null: it can.
 * @param tunnelAddress the gateway's own in every tunnel
 */
export function clashOf(
  { clientAddress, released }: Pick<GatewaySession, 'clientAddress' | 'released'>,
  tunnelAddress: string,
  { single }: TakenAddresses,
): string | null {
  for (const address of [tunnelAddress, clientAddress]) {
    const owner = single.find((taken) => taken.address === address);
    if (owner !== undefined) return `the tunnel's address ${address} is the address of ${owner.what}`;
  }
  for (const { address } of released) {
    const owner = single.find((taken) => taken.address === address && taken.side === 'outside');
    if (owner !== undefined) return `${address} is released, and is the address of ${owner.what}`;
  }
  return null;
}
