/**
 * Why the packets of a tunnel take a relay and not the direct path. The client chooses the path, so it finds out, and
 * tells the gateway (`reachability` of signal.ts) and the cloud (`peerStatus` of client-api.ts).
 */
import { z } from 'zod';

export const relayReason = z.enum([
  /** The first round of checks is not over. */
  'searching',
  /** The client is set to use relays only. */
  'relay-only',
  /** One end has only IPv4, the other only IPv6; or an end has no address at all for a direct path. */
  'no-common-family',
  /** No STUN server answers there: a firewall lets no UDP through. */
  'udp-blocked-client',
  'udp-blocked-gateway',
  /** The same at both ends: the servers themselves may be down. */
  'udp-blocked-both',
  /** The NAT there gives each destination another outside port (RFC 4787 section 4.1), and the other end's lets none of them in. */
  'nat-client',
  'nat-gateway',
  'nat-both',
  /** Checks are sent both ways and none arrives. */
  'unanswered',
  /** Checks arrive, WireGuard's packets do not. */
  'wireguard-blocked',
  /** The direct path worked and fell again and again: it is left alone for a while. */
  'unstable',
  /** There was a direct path until a moment ago. */
  'path-lost',
]);
export type RelayReason = z.infer<typeof relayReason>;
