/**
 * The ends of a test's tunnels: who they are, and what their programs are told. Each pair of a client and a gateway is a
 * session of its own; an end with several sessions is one process.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { RelayEndpoint, StunEndpoint } from '@edgegateway/protocol/network-endpoints';
import { generateWireguardKeyPair } from '@edgegateway/tunnel/keys';
import type { EndSettings } from '../tunnel-end-program.ts';
import type { Site } from './site.ts';
import { proxyOf } from './site-proxy.ts';
import type { TestCloud } from './test-cloud.ts';

/** Where an end meets others, by name or address. */
export interface MeetingPoints {
  readonly relays: readonly RelayEndpoint[];
  readonly stunServers: readonly StunEndpoint[];
}

export interface TunnelEnd {
  /** Unique in its test: names the process, and the peer on the other side. */
  readonly name: string;
  readonly role: EndSettings['role'];
  /** Unique on the host: wireguard-go's control sockets are in one folder, whatever namespace it runs in. */
  readonly interfaceName: string;
  readonly site: Site;
  readonly keys: { readonly privateKey: string; readonly publicKey: string };
  /** In the tunnel. */
  readonly address: string;
  readonly meetingPoints: MeetingPoints;
  /** Of WireGuard; not given: the kernel chooses one. */
  readonly wireguardPort?: number | undefined;
}

export interface TunnelPair {
  readonly client: TunnelEnd;
  readonly gateway: TunnelEnd;
  readonly sessionId: string;
  readonly presharedKey: string;
  readonly signallingSecret: string;
}

const TUNNEL_NETWORKS = { client: '100.64.0.', gateway: '100.64.1.' } as const;

/** Of the clients' addresses in the tunnel. */
export const CLIENT_TUNNEL_NETWORK = `${TUNNEL_NETWORKS.client}0/24`;

/** @param number unique among the ends of its role, 1 to 254 */
export function tunnelEnd(
  role: EndSettings['role'],
  number: number,
  place: Pick<TunnelEnd, 'name' | 'interfaceName' | 'site' | 'meetingPoints' | 'wireguardPort'>,
): TunnelEnd {
  return { ...place, role, keys: generateWireguardKeyPair(), address: `${TUNNEL_NETWORKS[role]}${number}` };
}

export function tunnelPair(client: TunnelEnd, gateway: TunnelEnd): TunnelPair {
  const presharedKey = randomBytes(32).toString('base64');
  const signallingSecret = randomBytes(32).toString('base64');
  return { client, gateway, sessionId: randomUUID(), presharedKey, signallingSecret };
}

/** The address behind a gateway that its clients may reach: on its own `lan0`. */
export function releasedAddressOf(gateway: TunnelEnd): string {
  return gateway.address.replace(TUNNEL_NETWORKS.gateway, '10.99.').concat('.1');
}

/** Where a gateway's released address is. */
export const PLANT_INTERFACE = 'lan0';

/** The network that all released addresses lie in. */
export const RELEASED_NETWORK = '10.99.0.0/16';

/** What the program of an end is told: a peer for each of its pairs. */
export async function endSettings(
  end: TunnelEnd,
  pairs: readonly TunnelPair[],
  cloud: TestCloud,
  policy: EndSettings['policy'],
): Promise<EndSettings> {
  const peers = pairs
    .filter(({ client, gateway }) => client === end || gateway === end)
    .map(async ({ client, gateway, sessionId, presharedKey, signallingSecret }) => {
      const peer = client === end ? gateway : client;
      return {
        id: peer.name,
        sessionId,
        publicKey: peer.keys.publicKey,
        presharedKey,
        allowedAddresses: [peer.role === 'gateway' ? releasedAddressOf(peer) : peer.address],
        relayToken: await cloud.token(sessionId, end.keys.publicKey, peer.keys.publicKey),
        signallingSecret,
      };
    });
  return {
    role: end.role,
    policy,
    interfaceName: end.interfaceName,
    wireguardPort: end.wireguardPort,
    privateKey: end.keys.privateKey,
    address: end.address,
    caPem: cloud.caPem,
    proxy: proxyOf(end),
    relays: [...end.meetingPoints.relays],
    stunServers: [...end.meetingPoints.stunServers],
    peers: await Promise.all(peers),
    excludedInterfaces: [PLANT_INTERFACE],
  };
}
