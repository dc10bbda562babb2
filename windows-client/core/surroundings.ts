/**
 * What a computer has around it before a tunnel is built: whom the tunnel itself has to reach, and its own networks.
 */
import { getServers } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { ClientConfiguration } from '@edgegateway/protocol/client-api';
import { networksMeet } from '@edgegateway/protocol/ipv4';
import { TUNNEL_NETWORK } from '@edgegateway/protocol/wire-values';
import type { PathPolicy } from '@edgegateway/tunnel/tunnel-engine';
import type { WayOut } from '@edgegateway/tunnel/way-out';
import { IN_TUNNEL, type Surroundings } from './address-clash.ts';
import type { CloudAddress } from './cloud-address.ts';

/** Names that are not resolved by then are left out: a name server that is slow must not hold the session up. */
const LOOKUP_MILLISECONDS = 2000;

/** As many as a request has room for (protocol/wire-values.ts). */
const TOLD = 32;

export async function readSurroundings(
  { authority, proxy }: CloudAddress,
  { relays, stunServers, address: ownTunnelAddress, gateways }: ClientConfiguration,
  policy: PathPolicy,
  wayOut: WayOut,
): Promise<Surroundings> {
  const behindProxy = [
    { what: 'the cloud', host: hostOf(`https://${authority}`) },
    ...relays.map(({ name, host }) => ({ what: `the relay ${name}`, host })),
  ];
  const servers = [
    ...(proxy === null ? behindProxy : [{ what: 'the HTTP proxy', host: hostOf(proxy.url) }]),
    // STUN is UDP, which no HTTP proxy carries.
    ...(policy === 'relay-only'
      ? []
      : stunServers.map(({ name, host }) => ({ what: `the STUN server ${name}`, host }))),
  ];
  const end = AbortSignal.timeout(LOOKUP_MILLISECONDS);
  const hosts = [...new Set(servers.map(({ host }) => host))];
  const addresses = new Map(await Promise.all(hosts.map(async (host) => [host, await resolve(host, end)] as const)));
  return {
    needed: [
      ...servers.map(({ what, host }) => ({ what, addresses: addresses.get(host) ?? [] })),
      { what: "this computer's router", addresses: wayOut.routers },
      { what: "this computer's name server", addresses: [...getServers().filter(isIPv4), ...wayOut.nameServers] },
      { what: IN_TUNNEL, addresses: [ownTunnelAddress] },
      ...gateways.map(({ name, tunnelAddress }) => ({ what: `${name} in the tunnel`, addresses: [tunnelAddress] })),
    ],
    networks: ownNetworks(),
  };
}

/**
 * What the cloud is told before it chooses an address for this computer: what lies in the network of tunnel addresses, in
 * CIDR notation, and nothing else of what is around here.
 */
export function occupiedForTunnel({ routers, nameServers }: WayOut, networks = ownNetworks()): string[] {
  const single = [...routers, ...nameServers, ...networks.map(({ address }) => address)];
  const all = [...single.map((address) => `${address}/32`), ...networks.map(({ cidr }) => cidr)];
  return [...new Set(all.filter((network) => networksMeet(network, TUNNEL_NETWORK)))].slice(0, TOLD);
}

function hostOf(url: string): string {
  return new URL(url).hostname;
}

async function resolve(host: string, end: AbortSignal): Promise<readonly string[]> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  end.addEventListener('abort', () => reject(end.reason), { once: true });
  try {
    return (await Promise.race([lookup(host, { all: true, family: 4 }), tooLate])).map(({ address }) => address);
  } catch {
    // Whoever connects to it says so; an address that nobody knows cannot be in the way.
    return [];
  }
}

function ownNetworks(): Surroundings['networks'] {
  return Object.entries(networkInterfaces()).flatMap(([interfaceName, addresses = []]) =>
    addresses.flatMap(({ family, internal, address, cidr }) =>
      family === 'IPv4' && !internal && cidr !== null ? [{ interfaceName, address, cidr }] : [],
    ),
  );
}
