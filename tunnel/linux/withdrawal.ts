/**
 * What a change of the whitelist takes back, and which connections lived by it (T6).
 */
import type { ReleasedAddress } from '@edgegateway/protocol/released-address';
import type { TrackedFlow } from './conntrack.ts';

export interface ReleasingSession {
  readonly sessionId: string;
  readonly clientAddress: string;
  readonly released: readonly ReleasedAddress[];
}

/** One client from whom something was taken. */
export interface Withdrawal {
  readonly clientAddress: string;
  /** What its session may reach still; nothing when the session has ended. */
  readonly stillReleased: readonly ReleasedAddress[];
}

/**
 * The clients of `before` that have lost a release. A client's address that has gone over to another session counts as lost
 * wholly: connections of the one are none of the other.
 */
export function withdrawalsBetween(
  before: readonly ReleasingSession[],
  after: readonly ReleasingSession[],
): Withdrawal[] {
  return before.flatMap(({ sessionId, clientAddress, released }) => {
    const same = after.find((session) => session.sessionId === sessionId && session.clientAddress === clientAddress);
    const stillReleased = same?.released ?? [];
    const kept = new Set(stillReleased.map(releaseKey));
    return released.every((entry) => kept.has(releaseKey(entry))) ? [] : [{ clientAddress, stillReleased }];
  });
}

/** Whether a connection of this client has lost what released it. */
export function isWithdrawn(flow: TrackedFlow, { clientAddress, stillReleased }: Withdrawal): boolean {
  return flow.client === clientAddress && !stillReleased.some((entry) => releases(entry, flow));
}

function releases({ address, protocol, port }: ReleasedAddress, { machine, details }: TrackedFlow): boolean {
  if (address !== machine) return false;
  if (protocol === undefined) return true;
  if (details.protocol !== protocol) return false;
  return port === undefined || ('machinePort' in details && details.machinePort === port);
}

function releaseKey({ address, protocol, port }: ReleasedAddress): string {
  return [address, protocol ?? '', port ?? ''].join(' ');
}
