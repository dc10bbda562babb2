/**
 * The gateway's part: it opens its NAT towards the client's candidates and follows the client's nominations.
 *
 * WireGuard itself sends where the last authenticated packet came from. After a nomination relay packets are held back
 * for a moment, so that only the client's direct packet can move it: once it has moved, the path is followed, and what
 * is still late on a relay is delivered as if it had come directly. A relay frame of a later epoch ends that. When no
 * check of the client's comes any more, such a frame may not come either: a NAT that has forgotten everything ends both
 * ways, so the relays have to show that they live. How large a packet the path carries the client finds, and says with
 * its checks.
 */
import type { Candidate } from './candidate.ts';
import {
  type Base,
  type CheckPair,
  checked,
  dueChecks,
  isPair,
  type PairId,
  pairsOf,
  rearmed,
  withPeerReflexive,
} from './check-list.ts';
import type { DirectInput, Outlet } from './direct-events.ts';
import { isLaterEpoch } from './epoch.ts';
import { PACKET_BYTES, type PacketBytes } from './path-size.ts';
import { PATH_TIMES } from './path-times.ts';

export interface Nomination {
  readonly pair: PairId;
  readonly epoch: number;
  /** As the client's last check of the pair said. */
  readonly packetBytes: PacketBytes;
}

export interface GatewayPath {
  readonly role: 'gateway';
  readonly bases: readonly Base[];
  readonly remotes: readonly Candidate[];
  readonly pairs: readonly CheckPair[];
  /** Nominated, and not yet adopted by WireGuard. */
  readonly nominated: Nomination | null;
  /** The nomination in force; null: the client sends over a relay. */
  readonly followed: Nomination | null;
  /** The highest epoch seen: an older nomination was overheard and sent again. */
  readonly epoch: number | null;
  /** When a check of the client's last came; null: not since the relays had to show that they live. */
  readonly checkedAt: number | null;
}

export function initialGatewayPath(): GatewayPath {
  return {
    role: 'gateway',
    bases: [],
    remotes: [],
    pairs: [],
    nominated: null,
    followed: null,
    epoch: null,
    checkedAt: null,
  };
}

export function gatewayObserves(path: GatewayPath, input: DirectInput, now: number, outputs: Outlet): GatewayPath {
  switch (input.type) {
    case 'bases':
      return { ...path, bases: input.bases, pairs: pairsOf(path.pairs, input.bases, path.remotes, now) };
    case 'candidates':
      return { ...path, remotes: input.candidates, pairs: pairsOf(path.pairs, path.bases, input.candidates, now) };
    case 'check-received': {
      const seen = { ...told(path, input), pairs: withPeerReflexive(path.pairs, input.pair, now), checkedAt: now };
      const { pair, nominates: epoch, packetBytes } = input;
      return epoch === null ? seen : follow(seen, { pair, epoch, packetBytes }, outputs);
    }
    case 'adopted': {
      const { nominated } = path;
      const isAwaited = nominated !== null && nominated.epoch === input.epoch && isPair(nominated.pair, input.pair);
      return isAwaited ? { ...path, nominated: null, followed: nominated } : path;
    }
    case 'network':
      return { ...path, pairs: rearmed(path.pairs, now) };
    case 'check-answered':
    case 'padded-check-answered':
    case 'pulse':
    case 'traffic':
      return path;
  }
}

export function gatewayDecides(before: GatewayPath, now: number, outputs: Outlet): GatewayPath {
  const path = listen(before, now, outputs);
  const due = dueChecks(path.pairs, now);
  for (const { base, remote } of due)
    outputs.push({ type: 'check', pair: { base, remote }, nominates: null, packetBytes: null });
  const pairs = path.pairs.map((pair) => (due.includes(pair) ? checked(pair, false, now) : pair));
  return due.length === 0 ? path : { ...path, pairs };
}

/** `late`: sent before the direct path was taken, and delivered without leaving it. */
export type FrameAge = 'present' | 'late';

/** What a relay frame of the client's tells by its epoch. */
export function gatewayTakesFrame(
  path: GatewayPath,
  epoch: number,
): { readonly path: GatewayPath; readonly age: FrameAge } {
  const { followed } = path;
  if (followed !== null && !isLaterEpoch(epoch, followed.epoch)) return { path, age: 'late' };
  if (path.epoch !== null && !isLaterEpoch(epoch, path.epoch)) return { path, age: 'present' };
  return { path: { ...path, nominated: null, followed: null, epoch }, age: 'present' };
}

/**
 * The largest packet that WireGuard may send now, bytes inside the tunnel. It may have gone over to a nominated address
 * before this end has seen it.
 */
export function gatewayPacketBytes({ nominated, followed }: GatewayPath): PacketBytes {
  const all = [nominated, followed].map((nomination) => nomination?.packetBytes ?? PACKET_BYTES.full);
  return all.includes(PACKET_BYTES.base) ? PACKET_BYTES.base : PACKET_BYTES.full;
}

function told(path: GatewayPath, { pair, packetBytes }: Pick<Nomination, 'pair' | 'packetBytes'>): GatewayPath {
  const { nominated, followed } = path;
  const heard = (known: Nomination | null) =>
    known !== null && isPair(known.pair, pair) && known.packetBytes !== packetBytes ? { ...known, packetBytes } : known;
  return { ...path, nominated: heard(nominated), followed: heard(followed) };
}

function listen(path: GatewayPath, now: number, outputs: Outlet): GatewayPath {
  const { followed, checkedAt } = path;
  if (followed === null || checkedAt === null || now - checkedAt < PATH_TIMES.signExpires) return path;
  outputs.push({ type: 'prove-relays' });
  return { ...path, checkedAt: null };
}

function follow(path: GatewayPath, nomination: Nomination, outputs: Outlet): GatewayPath {
  const { pair, epoch } = nomination;
  const present = path.followed ?? path.nominated;
  if (present !== null && present.epoch === epoch) {
    // Said again, because the client has not heard from WireGuard yet.
    if (isPair(present.pair, pair)) outputs.push({ type: 'follow', pair, epoch });
    return path;
  }
  if (path.epoch !== null && !isLaterEpoch(epoch, path.epoch)) return path;
  outputs.push({ type: 'follow', pair, epoch });
  return { ...path, nominated: nomination, epoch };
}
