/**
 * The pairs of a local base and a remote candidate, and when each is checked next (RFC 8445 section 6.1.2).
 *
 * Pairs are checked in rounds: often at first, then each second, then no more until something changes or a new round
 * is due. Both ends begin a round when they hear each other's candidates, so that their checks open both NATs at the
 * same time. A pair that answered stays known by its last answer and its round trip.
 */
import { type Candidate, isIpv6, isSameAddress, type TransportAddress } from './candidate.ts';
import { newSizeSearch, type SizeSearch, sizeAnswered } from './path-size.ts';
import { CHECKS_OF_A_ROUND, PATH_TIMES, ROUND_TRIP_HYSTERESIS } from './path-times.ts';

/** Where a socket of this end is bound: an address, or the wildcard of a family. */
export interface Base {
  readonly name: string;
  readonly family: 'IPv4' | 'IPv6';
}

export interface PairId {
  readonly base: string;
  readonly remote: TransportAddress;
}

/** `filtered`: checks passed and WireGuard did not. `fell`: it had carried packets. */
export type PairFailure = 'filtered' | 'fell';

export interface CheckPair {
  readonly base: string;
  readonly remote: Candidate;
  /** Checks of the present round. */
  readonly checks: number;
  /** Null: not before the next round. */
  readonly nextAt: number | null;
  readonly answeredAt: number | null;
  readonly roundTripMs: number | null;
  /** Part of the checks that were not answered lately, 0 to 1. */
  readonly loss: number;
  readonly isAnswerOpen: boolean;
  /** When and why it was last left alone. */
  readonly failure: { readonly at: number; readonly kind: PairFailure } | null;
  readonly heldUntil: number;
  readonly holds: number;
  /** Client: of the pair that carries packets, or is to. */
  readonly size: SizeSearch;
}

/** More come only from an end that is not one of ours. */
const PAIR_LIMIT = 64;

/** Weight of the newest check in `loss`. */
const LOSS_WEIGHT = 0.1;

/** Pairs that stay keep what is known of them; all begin a new round. */
export function pairsOf(
  before: readonly CheckPair[],
  bases: readonly Base[],
  remotes: readonly Candidate[],
  now: number,
): readonly CheckPair[] {
  const reflexive = before.map(({ remote }) => remote).filter(({ kind }) => kind === 'peer-reflexive');
  const all: Candidate[] = [];
  for (const remote of [...remotes, ...reflexive])
    if (!all.some((known) => isSameAddress(known, remote))) all.push(remote);
  return all
    .flatMap((remote) =>
      bases.filter(({ family }) => (family === 'IPv6') === isIpv6(remote)).map(({ name }) => ({ base: name, remote })),
    )
    .slice(0, PAIR_LIMIT)
    .map((id) => {
      const known = before.find((pair) => isPair(pair, id));
      return known === undefined
        ? newPair(id.base, id.remote, now)
        : { ...known, remote: id.remote, checks: 0, nextAt: now };
    });
}

/** A check came from an address that was not among the candidates (RFC 8445 section 7.3.1.3). */
export function withPeerReflexive(pairs: readonly CheckPair[], id: PairId, now: number): readonly CheckPair[] {
  if (pairs.length >= PAIR_LIMIT || findPair(pairs, id) !== null) return pairs;
  return [...pairs, newPair(id.base, { ...id.remote, kind: 'peer-reflexive' }, now)];
}

/** The other end's check has just opened its NAT: ours may pass now (a triggered check, section 7.3.1.4). */
export function triggered(pairs: readonly CheckPair[], id: PairId, now: number): readonly CheckPair[] {
  return pairs.map((pair) =>
    isPair(pair, id) && !isAnswering(pair, now) ? { ...pair, checks: Math.min(pair.checks, 1), nextAt: now } : pair,
  );
}

export function answered(
  pairs: readonly CheckPair[],
  id: PairId,
  roundTripMs: number,
  now: number,
): readonly CheckPair[] {
  return pairs.map((pair) =>
    isPair(pair, id)
      ? {
          ...pair,
          answeredAt: now,
          roundTripMs: pair.roundTripMs === null ? roundTripMs : pair.roundTripMs * 0.7 + roundTripMs * 0.3,
          loss: pair.loss * (1 - LOSS_WEIGHT),
          isAnswerOpen: false,
        }
      : pair,
  );
}

/** A padded check was answered. When that is news, the next check tells the other end. */
export function paddedAnswered(pairs: readonly CheckPair[], id: PairId, now: number): readonly CheckPair[] {
  return pairs.map((pair) => (isPair(pair, id) ? withSize(pair, sizeAnswered(now), now) : pair));
}

export function withSize(pair: CheckPair, size: SizeSearch, now: number): CheckPair {
  return { ...pair, size, nextAt: size.bytes === pair.size.bytes ? pair.nextAt : now };
}

/** The pairs whose time has come. */
export function dueChecks(pairs: readonly CheckPair[], now: number): readonly CheckPair[] {
  return pairs.filter(({ nextAt }) => nextAt !== null && nextAt <= now);
}

/** After its check has been sent. `inUse`: the pair that carries packets, or is to. */
export function checked(pair: CheckPair, inUse: boolean, now: number): CheckPair {
  const checks = pair.checks + 1;
  const loss = pair.isAnswerOpen ? pair.loss * (1 - LOSS_WEIGHT) + LOSS_WEIGHT : pair.loss;
  return { ...pair, checks, loss, isAnswerOpen: true, nextAt: nextCheck(pair, checks, inUse, now) };
}

function nextCheck(pair: CheckPair, checks: number, inUse: boolean, now: number): number | null {
  if (inUse) return now + PATH_TIMES.heartbeat;
  if (isAnswering(pair, now)) return now + PATH_TIMES.spareCheck;
  if (checks >= CHECKS_OF_A_ROUND) return null;
  return (
    now +
    (PATH_TIMES.checkIntervals[checks - 1] ?? PATH_TIMES.checkIntervals[PATH_TIMES.checkIntervals.length - 1] ?? 1000)
  );
}

/** Whether a round still has checks to send to pairs that have not answered. */
export function isRoundOpen(pairs: readonly CheckPair[]): boolean {
  return pairs.some(({ nextAt }) => nextAt !== null);
}

export function isAnswering(pair: Pick<CheckPair, 'answeredAt'>, now: number): boolean {
  return pair.answeredAt !== null && now - pair.answeredAt < PATH_TIMES.spareCheck + PATH_TIMES.answerExpires;
}

/** A pair is left alone for a while, longer each time. */
export function held(pairs: readonly CheckPair[], id: PairId, kind: PairFailure, now: number): readonly CheckPair[] {
  return pairs.map((pair) => {
    if (!isPair(pair, id)) return pair;
    const hold = Math.min(PATH_TIMES.firstHold * 2 ** pair.holds, PATH_TIMES.longestHold);
    return { ...pair, holds: pair.holds + 1, failure: { at: now, kind }, heldUntil: now + hold };
  });
}

/** A pair that has carried packets for long: former failures count no more. */
export function proven(pair: CheckPair): CheckPair {
  return { ...pair, holds: 0, failure: null };
}

/** A fresh start for every pair: the network around an end is another one. */
export function rearmed(pairs: readonly CheckPair[], now: number): readonly CheckPair[] {
  return pairs.map((pair) => ({ ...pair, checks: 0, nextAt: now, holds: 0, failure: null, heldUntil: now }));
}

/** The best pair that answered within the last seconds and is not held; null: none. */
export function bestPair(pairs: readonly CheckPair[], now: number): CheckPair | null {
  const usable = pairs.filter(
    (pair) => pair.answeredAt !== null && now - pair.answeredAt < PATH_TIMES.answerExpires && pair.heldUntil <= now,
  );
  return usable.reduce<CheckPair | null>((best, pair) => (best === null || isBetter(pair, best) ? pair : best), null);
}

/** By tier, then round trip, then loss. */
function isBetter(one: CheckPair, other: CheckPair): boolean {
  if (tierOf(one) !== tierOf(other)) return tierOf(one) < tierOf(other);
  if (isFaster(one, other)) return true;
  return !isFaster(other, one) && one.loss < other.loss;
}

/** Whether it is worth to leave `present` for `other`: a better tier, or a clearly shorter round trip. */
export function isWorthTheChange(other: CheckPair, present: CheckPair): boolean {
  if (tierOf(other) !== tierOf(present)) return tierOf(other) < tierOf(present);
  return isFaster(other, present);
}

function isFaster(one: CheckPair, other: CheckPair): boolean {
  if (one.roundTripMs === null || other.roundTripMs === null) return false;
  const { milliseconds, part } = ROUND_TRIP_HYSTERESIS;
  return other.roundTripMs - one.roundTripMs > Math.max(milliseconds, other.roundTripMs * part);
}

/** An address of the other end's own network before one that a NAT gave. */
function tierOf({ remote }: CheckPair): number {
  return remote.kind === 'host' ? 0 : 1;
}

export function findPair(pairs: readonly CheckPair[], id: PairId): CheckPair | null {
  return pairs.find((pair) => isPair(pair, id)) ?? null;
}

export function isPair(pair: PairId, id: PairId): boolean {
  return pair.base === id.base && isSameAddress(pair.remote, id.remote);
}

function newPair(base: string, remote: Candidate, now: number): CheckPair {
  return {
    ...{ base, remote, checks: 0, nextAt: now, answeredAt: null, roundTripMs: null, loss: 0, isAnswerOpen: false },
    ...{ failure: null, heldUntil: now, holds: 0, size: newSizeSearch(now) },
  };
}
