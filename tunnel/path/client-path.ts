/**
 * The client's choice between the relays and the direct path: it controls, the gateway follows (RFC 8445 section 2.3).
 *
 *     relay ── candidates ──> probing ── a check is answered ──> trial ── WireGuard passed both ways ──> direct
 *       ^                      ^   ^                              │                                      │
 *       │                      │   └───────── nothing proved ─────┘                                      │ no sign of life
 *       │                      └────────────── given up ───────────── suspect <──────────────────────────┘
 *
 * - Checks only promote a pair to its trial. A path counts after WireGuard itself received on it, at both ends.
 * - In the trial data stays on the relay (or on the direct pair in use). Only WireGuard's empty packets take the new
 *   pair. WireGuard at the gateway sends to an address only after it has authenticated a packet from there: so the
 *   first authentic packet that comes from the pair proves both ways, and a trial that fails outward costs nothing.
 * - A suspect path gives its packets to the relay at once. While packets still come directly, they go both ways: the
 *   gateway's service may stand still, and then the kernel is all that carries. What ended the path may be a NAT that
 *   has forgotten everything: the relays have to show that they live, and both ends learn their addresses anew.
 * - Every decision for or against the direct path has its own epoch. The nominated one is one ahead of what relay
 *   frames carry, so whatever is late on a relay is known as such; a frame of a later epoch ends the direct path.
 * - How large a packet the pair in use carries is searched beside all this (path-size.ts).
 * - A pair that failed, or fell soon after it had been taken, is left alone for a while, longer each time. Rounds without
 *   result are repeated, slower each time, never later than once a minute; a change of network, candidates or relays begins anew at once.
 */
import type { Candidate, TransportAddress } from './candidate.ts';
import {
  answered,
  type Base,
  bestPair,
  type CheckPair,
  checked,
  dueChecks,
  findPair,
  held,
  isPair,
  isRoundOpen,
  isWorthTheChange,
  type PairId,
  paddedAnswered,
  pairsOf,
  proven,
  rearmed,
  triggered,
  withPeerReflexive,
  withSize,
} from './check-list.ts';
import type { DirectInput, Outlet } from './direct-events.ts';
import { nextEpoch } from './epoch.ts';
import { type Evidence, fresh, healthOf, NO_EVIDENCE, type Traffic, withPulse, withTraffic } from './evidence.ts';
import { newSizeSearch, PACKET_BYTES, type PacketBytes, searchSize } from './path-size.ts';
import { PATH_TIMES } from './path-times.ts';

export interface Trial {
  readonly state: 'trial';
  readonly pair: PairId;
  /** The direct pair that carries data meanwhile; null: a relay does. */
  readonly from: PairId | null;
  readonly since: number;
  readonly nominateAt: number;
  /** When the gateway's first reading came: it reads only what it has adopted. */
  readonly adoptedAt: number | null;
  readonly epoch: number;
  /** Bytes when it began: only more than this proves anything. */
  readonly before: { readonly authenticated: number; readonly delivered: number };
}

export type ClientStage =
  | { readonly state: 'relay' }
  | { readonly state: 'probing' }
  | Trial
  | { readonly state: 'direct'; readonly pair: PairId; readonly since: number }
  | {
      readonly state: 'suspect';
      readonly pair: PairId;
      readonly since: number;
      /** Packets take both ways while some still come directly. */
      readonly both: boolean;
    };

/** What the search for a direct path has come to: `lost`: there was one a moment ago. */
export type Search = 'open' | 'lost' | 'fruitless';

export interface ClientPath {
  readonly role: 'client';
  readonly stage: ClientStage;
  readonly search: Search;
  readonly bases: readonly Base[];
  readonly remotes: readonly Candidate[];
  readonly pairs: readonly CheckPair[];
  readonly evidence: Evidence;
  readonly traffic: Traffic | null;
  /** Bytes that WireGuard had authenticated at the last look, less what relays had brought by then. */
  readonly authenticated: number;
  /** When it last decided, and until when silence is this end's own fault. */
  readonly decidedAt: number;
  readonly excusedUntil: number;
  /** What relay frames carry. */
  readonly epoch: number;
  /** When the next round begins if this one finds nothing. */
  readonly retry: { readonly at: number; readonly interval: number };
}

export function initialClientPath(now: number): ClientPath {
  return {
    ...{ role: 'client', stage: { state: 'relay' }, search: 'open', bases: [], remotes: [], pairs: [] },
    ...{
      evidence: NO_EVIDENCE,
      traffic: null,
      authenticated: 0,
      decidedAt: now,
      excusedUntil: now,
      epoch: 0,
      retry: { at: now, interval: PATH_TIMES.firstRetry },
    },
  };
}

export function clientObserves(path: ClientPath, input: DirectInput, now: number): ClientPath {
  switch (input.type) {
    case 'bases':
      return isSame(path.bases, input.bases)
        ? path
        : withPairs({ ...path, bases: input.bases, retry: atOnce(now) }, now);
    case 'candidates': {
      // Told again, they are to be checked again; only others are a reason to hurry.
      const retry = isSame(path.remotes, input.candidates) ? path.retry : atOnce(now);
      return withPairs({ ...path, remotes: input.candidates, retry }, now);
    }
    case 'check-answered':
      return { ...path, pairs: answered(path.pairs, input.pair, input.roundTripMs, now) };
    case 'padded-check-answered':
      return { ...path, pairs: paddedAnswered(path.pairs, input.pair, now) };
    case 'check-received':
      return { ...path, pairs: triggered(withPeerReflexive(path.pairs, input.pair, now), input.pair, now) };
    case 'pulse':
      return { ...path, evidence: withPulse(path.evidence, input.pulse, now), stage: adopted(path.stage, now) };
    case 'traffic':
      return { ...path, traffic: input.traffic, evidence: withTraffic(path.evidence, input.traffic, now) };
    case 'adopted':
      return path;
    case 'network':
      return { ...doubted(path, now), pairs: rearmed(path.pairs, now), search: 'open', retry: atOnce(now) };
  }
}

/**
 * After a look at WireGuard's counters; what the relays brought must be as new or newer. WireGuard lags behind what it
 * is handed, so without a direct packet the difference never exceeds what it was.
 */
export function clientReads(path: ClientPath, received: number): ClientPath {
  return { ...path, authenticated: received - (path.traffic?.relayDelivered ?? 0) };
}

/** Another relay carries: what the ends last told each other may have been lost with the one before. */
export function clientChangesRelay(path: ClientPath, now: number, outputs: Outlet): ClientPath {
  return path.stage.state === 'probing' ? { ...beginRound(path, now, outputs), retry: atOnce(now) } : path;
}

/** Decides, once everything is observed. `hasRelay`: a relay sees the gateway. */
export function clientDecides(before: ClientPath, hasRelay: boolean, now: number, outputs: Outlet): ClientPath {
  const path = sendChecks(searchOn(withProof(excused(before, now), now), now, outputs), now, outputs);
  const { stage } = path;
  switch (stage.state) {
    case 'relay':
      return path.pairs.length === 0 ? path : { ...path, stage: { state: 'probing' } };
    case 'probing': {
      const best = bestPair(path.pairs, now);
      if (best !== null) return beginTrial(path, best, null, now, outputs);
      return nextRound(path, now, outputs);
    }
    case 'trial':
      return judgeTrial(path, stage, now, outputs);
    case 'direct': {
      const present = findPair(path.pairs, stage.pair);
      const answeredAt = Math.max(present?.answeredAt ?? stage.since, stage.since);
      const health = now < path.excusedUntil ? 'alive' : healthOf(path.evidence, answeredAt, now);
      if (health !== 'alive') return suspect(path, stage, health === 'outward-unsure', now, outputs);
      const best = bestPair(path.pairs, now);
      const isSettled = now - stage.since >= PATH_TIMES.settle;
      if (present === null || best === null || !isSettled || !isWorthTheChange(best, present)) return path;
      return beginTrial(path, best, stage.pair, now, outputs);
    }
    case 'suspect': {
      const present = findPair(path.pairs, stage.pair);
      const isBack = present !== null && present.heldUntil <= now && (present.answeredAt ?? 0) > stage.since;
      if (isBack) return beginTrial(path, present, null, now, outputs);
      const other = bestPair(path.pairs, now);
      if (other !== null && (other.answeredAt ?? 0) > stage.since) return beginTrial(path, other, null, now, outputs);
      const health = healthOf(path.evidence, present?.answeredAt ?? stage.since, now);
      const both = stage.both && health !== 'dead';
      if (now - stage.since < PATH_TIMES.suspect || both || !hasRelay) return { ...path, stage: { ...stage, both } };
      return { ...path, stage: { state: 'probing' }, retry: atOnce(now) };
    }
  }
}

/** What a pair carries, as far as is known, bytes inside the tunnel. */
export function packetBytesOn({ pairs }: ClientPath, id: PairId): PacketBytes {
  return findPair(pairs, id)?.size.bytes ?? PACKET_BYTES.base;
}

function withPairs(path: ClientPath, now: number): ClientPath {
  return { ...path, pairs: pairsOf(path.pairs, path.bases, path.remotes, now) };
}

function sendChecks(path: ClientPath, now: number, outputs: Outlet): ClientPath {
  const due = dueChecks(path.pairs, now);
  if (due.length === 0) return path;
  const inUse = pairInUse(path.stage);
  for (const { base, remote, size } of due)
    outputs.push({ type: 'check', pair: { base, remote }, nominates: null, packetBytes: size.bytes });
  const pairs = path.pairs.map((pair) =>
    due.includes(pair) ? checked(pair, inUse !== null && isPair(pair, inUse), now) : pair,
  );
  return { ...path, pairs };
}

function searchOn(path: ClientPath, now: number, outputs: Outlet): ClientPath {
  const { stage } = path;
  if (stage.state !== 'trial' && stage.state !== 'direct') return path;
  const inUse = findPair(path.pairs, stage.pair);
  if (inUse === null) return path;
  const { search, hasCheck } = searchSize(inUse.size, inUse.answeredAt, now);
  if (search === inUse.size) return path;
  if (hasCheck) outputs.push({ type: 'padded-check', pair: stage.pair, packetBytes: search.bytes });
  return { ...path, pairs: path.pairs.map((pair) => (pair === inUse ? withSize(pair, search, now) : pair)) };
}

function pairInUse(stage: ClientStage): PairId | null {
  return stage.state === 'relay' || stage.state === 'probing' ? null : stage.pair;
}

function nextRound(path: ClientPath, now: number, outputs: Outlet): ClientPath {
  if (isRoundOpen(path.pairs)) return path;
  if (now < path.retry.at) return { ...path, search: 'fruitless' };
  const interval = Math.min(path.retry.interval * 2, PATH_TIMES.longestRetry);
  const retry = { at: now + path.retry.interval, interval };
  return { ...beginRound(path, now, outputs), search: 'fruitless', retry };
}

function beginRound(path: ClientPath, now: number, outputs: Outlet): ClientPath {
  outputs.push({ type: 'offer' });
  return { ...path, pairs: path.pairs.map((pair) => ({ ...pair, checks: 0, nextAt: now })) };
}

function beginTrial(path: ClientPath, best: CheckPair, from: PairId | null, now: number, outputs: Outlet): ClientPath {
  const pair = { base: best.base, remote: best.remote };
  const epoch = nextEpoch(path.epoch);
  const size = newSizeSearch(now);
  outputs.push({ type: 'check', pair, nominates: epoch, packetBytes: size.bytes }, { type: 'nudge' });
  const stage: Trial = {
    ...{ state: 'trial', pair, from, since: now, nominateAt: now + PATH_TIMES.nomination, epoch },
    adoptedAt: null,
    before: { authenticated: path.authenticated, delivered: deliveredFrom(path, pair.remote) },
  };
  const pairs = path.pairs.map((known) => (isPair(known, pair) ? withSize(known, size, now) : known));
  return searchOn({ ...path, pairs, stage }, now, outputs);
}

function judgeTrial(path: ClientPath, trial: Trial, now: number, outputs: Outlet): ClientPath {
  const { pair, epoch, before } = trial;
  if (path.authenticated > before.authenticated && deliveredFrom(path, pair.remote) > before.delivered) {
    const stage = { state: 'direct', pair, since: now } as const;
    return { ...path, stage, epoch, evidence: fresh(path.evidence), retry: atOnce(now) };
  }
  const isUnproved = trial.adoptedAt !== null && now - trial.adoptedAt >= PATH_TIMES.unproved;
  if (isUnproved || now - trial.since >= PATH_TIMES.trial) return failTrial(path, trial, now);
  if (now < trial.nominateAt) return path;
  const packetBytes = packetBytesOn(path, pair);
  outputs.push({ type: 'check', pair, nominates: epoch, packetBytes }, { type: 'nudge' });
  return { ...path, stage: { ...trial, nominateAt: now + PATH_TIMES.nomination } };
}

/** A busy computer reads late what has come in time. */
function excused(path: ClientPath, now: number): ClientPath {
  const wasHeldUp = now - path.decidedAt >= PATH_TIMES.stall;
  if (!wasHeldUp) return { ...path, decidedAt: now };
  return { ...path, decidedAt: now, excusedUntil: now + PATH_TIMES.signExpires, evidence: fresh(path.evidence) };
}

/** A path that has carried packets for as long as the longest hold is a good one again. */
function withProof(path: ClientPath, now: number): ClientPath {
  const { stage, pairs } = path;
  if (stage.state !== 'direct' || now - stage.since < PATH_TIMES.longestHold) return path;
  const inUse = findPair(pairs, stage.pair);
  if (inUse === null || inUse.holds === 0) return path;
  return { ...path, pairs: pairs.map((pair) => (pair === inUse ? proven(pair) : pair)) };
}

function adopted(stage: ClientStage, now: number): ClientStage {
  return stage.state === 'trial' && stage.adoptedAt === null ? { ...stage, adoptedAt: now } : stage;
}

/** The gateway may have followed: a later epoch calls it back. */
function failTrial(path: ClientPath, { pair, from, epoch }: Trial, now: number): ClientPath {
  const pairs = held(path.pairs, pair, 'filtered', now);
  const stage: ClientStage =
    from === null ? { state: 'probing' } : { state: 'suspect', pair: from, since: now, both: false };
  return { ...path, pairs, stage, epoch: nextEpoch(epoch) };
}

function suspect(
  path: ClientPath,
  { pair, since }: Pick<Trial, 'pair' | 'since'>,
  both: boolean,
  now: number,
  outputs: Outlet,
): ClientPath {
  outputs.push({ type: 'prove-relays' }, { type: 'offer' });
  const present = findPair(path.pairs, pair);
  // Checks pass and WireGuard does not: trying again at once would fail again.
  const isFiltered = !both && present?.answeredAt !== null && now - (present?.answeredAt ?? 0) < PATH_TIMES.signExpires;
  const isYoung = !both && now - since < PATH_TIMES.settle;
  const pairs = isFiltered || isYoung ? held(path.pairs, pair, 'fell', now) : path.pairs;
  return {
    ...path,
    pairs: pairs.map((known) => (isPair(known, pair) ? { ...known, checks: 0, nextAt: now } : known)),
    stage: { state: 'suspect', pair, since: now, both },
    search: 'lost',
    epoch: nextEpoch(path.epoch),
    evidence: fresh(path.evidence),
  };
}

/** A path that carried packets a moment ago goes on to carry them until it is known how it stands. */
function doubted(path: ClientPath, now: number): ClientPath {
  if (path.stage.state !== 'direct') return path;
  const stage = { state: 'suspect', pair: path.stage.pair, since: now, both: true } as const;
  return { ...path, stage, epoch: nextEpoch(path.epoch) };
}

function deliveredFrom({ traffic }: ClientPath, remote: TransportAddress): number {
  return traffic?.directDelivered.get(senderKey(remote)) ?? 0;
}

/** How `Traffic.directDelivered` names a sender. */
export function senderKey({ address, port }: TransportAddress): string {
  return `${address} ${port}`;
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function atOnce(now: number): ClientPath['retry'] {
  return { at: now + PATH_TIMES.firstRetry, interval: PATH_TIMES.firstRetry };
}
