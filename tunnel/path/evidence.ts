/**
 * What tells whether the direct path lives, each way by itself.
 *
 * Outward (client to gateway): an answered check, or the gateway's reading says that WireGuard received more than the
 * relay brought. Inward: an answered check, or a packet came. What WireGuard itself says outweighs the checks: STUN
 * passes firewalls that WireGuard does not, and the other way round.
 */
import { PATH_TIMES } from './path-times.ts';

/** Bytes of WireGuard packets since the peer was added, as this end's sockets count them. */
export interface Traffic {
  /** Handed to WireGuard from relays. */
  readonly relayDelivered: number;
  /** Handed to WireGuard from the direct path, by `address port` of the sender. */
  readonly directDelivered: ReadonlyMap<string, number>;
  readonly directSent: number;
}

/** The gateway's own reading of WireGuard (`pulse` of protocol/signal.ts), bytes. */
export interface Pulse {
  readonly receivedDirect: number;
  readonly sent: number;
}

/** A single packet may get lost on a good path. */
const OWED_READINGS = 2;
const UNCOUNTED_LOOKS = 3;
/** The first one may have been taken before the packet came. */
const UNCOUNTED_READINGS = 2;

export interface Evidence {
  readonly delivered: number;
  readonly directSent: number;
  readonly deliveredAt: number | null;
  readonly pulse: Pulse | null;
  readonly pulseAt: number | null;
  /** When a reading last showed that packets had come directly. */
  readonly countedAt: number | null;
  /** What was sent directly and shows in no reading: since when, in how many of this end's looks, in how many readings. */
  readonly uncounted: { readonly since: number; readonly looks: number; readonly readings: number } | null;
  /** Readings, one after the other, by which the gateway has sent and nothing has come. One packet may get lost. */
  readonly owed: number;
}

export const NO_EVIDENCE: Evidence = {
  ...{ delivered: 0, directSent: 0, deliveredAt: null, pulse: null, pulseAt: null },
  ...{ countedAt: null, uncounted: null, owed: 0 },
};

export function withTraffic(evidence: Evidence, { directDelivered, directSent }: Traffic, now: number): Evidence {
  const delivered = [...directDelivered.values()].reduce((sum, bytes) => sum + bytes, 0);
  const hasCome = delivered > evidence.delivered;
  const hasSent = directSent > evidence.directSent;
  return {
    ...evidence,
    ...{ delivered, directSent },
    ...(hasCome ? { deliveredAt: now, owed: 0 } : {}),
    uncounted: hasSent ? oneMore(evidence.uncounted, now) : evidence.uncounted,
  };
}

export function withPulse(evidence: Evidence, pulse: Pulse, now: number): Evidence {
  const before = evidence.pulse;
  // A smaller number is an older reading that was overtaken, or a service that began anew.
  if (before === null || pulse.sent < before.sent || pulse.receivedDirect < before.receivedDirect)
    return fresh({ ...evidence, pulse, pulseAt: now });
  const isCounted = pulse.receivedDirect > before.receivedDirect;
  const counted = isCounted ? { countedAt: now, uncounted: null } : {};
  // Readings that were held up come together, and say no more than one.
  if (evidence.pulseAt !== null && now - evidence.pulseAt < PATH_TIMES.readingsApart)
    return { ...evidence, ...counted, pulse };
  return {
    ...evidence,
    ...{ pulse, pulseAt: now },
    ...(isCounted ? counted : { uncounted: withReading(evidence.uncounted) }),
    owed: pulse.sent > before.sent ? evidence.owed + 1 : evidence.owed,
  };
}

/** A path that is only now taken owes nothing from before. */
export function fresh(evidence: Evidence): Evidence {
  return { ...evidence, uncounted: null, owed: 0 };
}

export type Health = 'alive' | 'outward-unsure' | 'dead';

/** @param answeredAt when the pair's last check was answered, or when the path was taken */
export function healthOf(evidence: Evidence, answeredAt: number, now: number): Health {
  const isRecent = (at: number | null) => at !== null && now - at < PATH_TIMES.signExpires;
  const isAnswered = isRecent(answeredAt);
  // Without answers the service that reads may itself stand still: then its silence proves nothing.
  if (isAnswered && evidence.pulse !== null && isOverdue(evidence.uncounted, now)) return 'dead';
  const isSilent = evidence.deliveredAt === null || now - evidence.deliveredAt >= PATH_TIMES.uncounted;
  if (isSilent && evidence.owed >= OWED_READINGS) return 'dead';
  if (!isAnswered && !isRecent(evidence.deliveredAt)) return 'dead';
  return isAnswered || isRecent(evidence.countedAt) || isMute(evidence, now) ? 'alive' : 'outward-unsure';
}

/**
 * Packets come, and the gateway's service says nothing, over the relay either: it has too much to do, or stands still.
 * Then the kernel carries, and packets by the relay would only be more for it to do.
 */
function isMute({ pulseAt }: Evidence, now: number): boolean {
  if (pulseAt === null) return false;
  const silence = now - pulseAt;
  return silence >= PATH_TIMES.signExpires && silence < PATH_TIMES.mute;
}

function isOverdue(uncounted: Evidence['uncounted'], now: number): boolean {
  if (uncounted === null || now - uncounted.since < PATH_TIMES.uncounted) return false;
  return uncounted.looks >= UNCOUNTED_LOOKS && uncounted.readings >= UNCOUNTED_READINGS;
}

function oneMore(uncounted: Evidence['uncounted'], now: number): Evidence['uncounted'] {
  return uncounted === null ? { since: now, looks: 1, readings: 0 } : { ...uncounted, looks: uncounted.looks + 1 };
}

function withReading(uncounted: Evidence['uncounted']): Evidence['uncounted'] {
  return uncounted === null ? null : { ...uncounted, readings: uncounted.readings + 1 };
}
