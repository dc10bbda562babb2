/**
 * Says why a relay carries the packets, from what the client's search has come to and from how each end can be reached.
 * Reasons that are certain come at once; those that are concluded from silence only after a round of checks. Pure.
 */
import type { RelayReason } from '@edgegateway/protocol/relay-reason';
import type { Reachability } from '@edgegateway/protocol/signal';
import { type Candidate, isIpv6 } from './candidate.ts';
import { type CheckPair, isAnswering } from './check-list.ts';
import type { ClientPath } from './client-path.ts';

/**
 * @param own null: not known yet
 * @param gateway as it said; null: it has not, or is one of before
 * @returns null on the direct path
 */
export function relayReasonOf(
  path: ClientPath,
  own: Reachability | null,
  gateway: Reachability | null,
  now: number,
): RelayReason | null {
  if (own?.policy === 'relay-only') return 'relay-only';
  const { stage, pairs, search } = path;
  if (stage.state === 'direct' || (stage.state === 'trial' && stage.from !== null)) return null;
  const failed = pairs.find((pair) => isAnsweringSinceFailure(pair, now));
  if (failed?.failure?.kind === 'filtered') return 'wireguard-blocked';
  if (failed !== undefined && failed.heldUntil > now) return 'unstable';
  if (stage.state === 'suspect') return 'path-lost';
  if (own === null) return 'searching';
  if (hasNoCommonFamily(own, gateway?.families ?? familiesOf(path.remotes))) return 'no-common-family';
  switch (search) {
    case 'open':
      return 'searching';
    case 'lost':
      return 'path-lost';
    case 'fruitless':
      return (
        whoIs('udp-blocked', own.stun === 'unanswered', gateway?.stun === 'unanswered') ??
        whoIs('nat', own.mapping === 'endpoint-dependent', gateway?.mapping === 'endpoint-dependent') ??
        'unanswered'
      );
  }
}

/** Checks go on to be answered on a pair that has failed. */
function isAnsweringSinceFailure({ failure, ...pair }: CheckPair, now: number): boolean {
  return failure !== null && (pair.answeredAt ?? 0) > failure.at && isAnswering(pair, now);
}

/** @param other null: not known yet */
function hasNoCommonFamily({ families }: Reachability, other: Reachability['families'] | null): boolean {
  return other !== null && !families.some((family) => other.includes(family));
}

function familiesOf(remotes: readonly Candidate[]): Reachability['families'] | null {
  if (remotes.length === 0) return null;
  return remotes.map((remote) => (isIpv6(remote) ? 'IPv6' : 'IPv4'));
}

function whoIs<What extends 'udp-blocked' | 'nat'>(
  what: What,
  client: boolean,
  gateway: boolean,
): `${What}-${'client' | 'gateway' | 'both'}` | null {
  if (client) return `${what}-${gateway ? 'both' : 'client'}`;
  return gateway ? `${what}-gateway` : null;
}
