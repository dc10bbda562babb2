/** Addresses that mean something else already: for the cloud and all clients of it, or around a gateway. */
import type { GatewayReport } from '@edgegateway/protocol/gateway-configuration';
import { ipv4Address } from '@edgegateway/protocol/wire-values';
import type { Context } from '../context.ts';
import type { NewRelease } from '../contract.ts';
import { reachedAddress } from './distinct-addresses.ts';
import { isSingle } from './tunnel-addresses.ts';

/** What a gateway has around it, in CIDR notation; nothing from one that has not reported yet. */
export function occupiedAround(report: GatewayReport | null | undefined): string[] {
  return [...(report?.occupied ?? []), ...(report?.localNetworks ?? [])];
}

/** A client that routed one of these into a tunnel would cut the tunnel's own way. */
export interface NeededAddress {
  readonly what: string;
  readonly address: string;
}

/**
 * Whom every client of this cloud reaches by its own way, as far as the configuration names addresses. Clients look up
 * what has only a name (windows-client/core/surroundings.ts).
 */
export function neededByClients({ web, relays, stunServers }: Context['configuration']): NeededAddress[] {
  const listeners = [
    { what: 'the cloud', ...web },
    ...relays.map((relay) => ({ what: `the relay ${relay.name}`, host: relay.host, address: relay.address })),
    ...stunServers.map((server) => ({
      what: `the STUN server ${server.name}`,
      host: server.host,
      address: server.address,
    })),
  ];
  return listeners.flatMap(({ what, host, address }) =>
    [...new Set([host, address])].filter(isReachable).map((reachable) => ({ what, address: reachable })),
  );
}

export interface AddressInTheWay {
  readonly address: string;
  /** Begins with the address. */
  readonly sentence: string;
}

/**
 * Why a device behind this gateway cannot be released; null: it can.
 * @param reachedAs the address itself, or what it is mapped to
 */
export function inTheWay(
  { address, reachedAs }: { readonly address: string; readonly reachedAs: string },
  report: GatewayReport | null | undefined,
  needed: readonly NeededAddress[],
): AddressInTheWay | null {
  const owner = needed.find((one) => one.address === reachedAs);
  if (owner !== undefined) return { address: reachedAs, sentence: `${reachedAs} is the address of ${owner.what}` };
  const isOutside = (report?.occupied ?? []).some((one) => isSingle(one) && one === `${address}/32`);
  if (!isOutside) return null;
  const sentence = `${address} is used on the WAN side of the gateway: by itself, its router or a name server`;
  return { address, sentence };
}

/** The first of these releases that is in the way of something, as `inTheWay` says it; null: none is. */
export function firstInTheWay(
  { configuration }: Pick<Context, 'configuration'>,
  released: readonly NewRelease[],
  mapped: ReadonlyMap<string, string>,
  reports: ReadonlyMap<string, GatewayReport | null>,
): AddressInTheWay | null {
  const needed = neededByClients(configuration);
  for (const { gateway, target } of released) {
    const release = { address: target.address, reachedAs: reachedAddress(gateway, target.address, mapped) };
    const clash = inTheWay(release, reports.get(gateway), needed);
    if (clash !== null) return clash;
  }
  return null;
}

/** Neither a name nor an address that means something to its own computer only. */
function isReachable(host: string): boolean {
  return ipv4Address.safeParse(host).success && host !== '0.0.0.0' && !host.startsWith('127.');
}
