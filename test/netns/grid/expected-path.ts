/**
 * Which path two ends must reach, derived from how their NATs behave (RFC 4787) and from what ICE does (RFC 8445): both
 * ends learn their outside address from a STUN server, tell it to each other, and both send to what they were told.
 * One check that arrives is enough: its answer goes back to where it came from, through the hole that the check made.
 */
import type { RelayReason } from '@edgegateway/protocol/relay-reason';
import type { NatKind } from './nat-kinds.ts';

export type Path = 'direct' | 'relay';

type Udp = NonNullable<NatKind['udp']>;

export function expectedPath(client: Pick<NatKind, 'udp'>, gateway: Pick<NatKind, 'udp'>): Path {
  if (client.udp === null || gateway.udp === null) return 'relay';
  return arrives(client.udp, gateway.udp) || arrives(gateway.udp, client.udp) ? 'direct' : 'relay';
}

/** What both ends must say of why it is not direct; null: it is. */
export function whyNotDirect(client: Pick<NatKind, 'udp'>, gateway: Pick<NatKind, 'udp'>): RelayReason | null {
  if (expectedPath(client, gateway) === 'direct') return null;
  if (client.udp === null) return gateway.udp === null ? 'udp-blocked-both' : 'udp-blocked-client';
  if (gateway.udp === null) return 'udp-blocked-gateway';
  if (client.udp.mapping === 'endpoint-independent') return 'nat-gateway';
  return gateway.udp.mapping === 'endpoint-independent' ? 'nat-client' : 'nat-both';
}

/** Whether a check of `sender` passes the NAT of `receiver`, which has sent to the address that `sender` told it. */
function arrives(sender: Udp, receiver: Udp): boolean {
  switch (receiver.filtering) {
    case 'endpoint-independent':
      return true;
    case 'address-dependent':
      return receiver.mapping === 'endpoint-independent';
    case 'address-and-port-dependent':
      return receiver.mapping === 'endpoint-independent' && sender.mapping === 'endpoint-independent';
  }
}
