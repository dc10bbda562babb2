/**
 * How large a packet the direct path carries, found by checks that are as large as WireGuard's largest packet (the way of
 * RFC 8899, with two sizes).
 *
 * - Every path begins at the base size and is raised by an answer: a path is never tried with packets of the user's.
 * - An answered size is asked for again and again. When padded checks are not answered any more while ordinary ones are,
 *   the path has become narrower, without a word from the router that drops the packets.
 * - A check that comes in fragments is dropped at the gateway (shared-port-ruleset.ts): what would have to be cut on the
 *   way counts as too large.
 */
import { USUAL_TUNNEL_MTU } from '@edgegateway/protocol/wire-values';
import { PATH_TIMES } from './path-times.ts';

/**
 * The largest packet inside the tunnel, bytes. WireGuard adds 60 over IPv4 and 80 over IPv6: `base` fits every path that
 * IPv6 may take (RFC 8200 section 5), `full` those of PPPoE and most others.
 */
export const PACKET_BYTES = { full: USUAL_TUNNEL_MTU, base: 1200 } as const;
export type PacketBytes = (typeof PACKET_BYTES)[keyof typeof PACKET_BYTES];

/** A UDP payload of WireGuard's with the largest packet in it: header and tag (its paper, section 5.4.6). */
export const PADDED_CHECK_BYTES = PACKET_BYTES.full + 32;

/** RFC 8899 section 5.1.2, MAX_PROBES. */
const TRIES = 3;

export interface SizeSearch {
  readonly bytes: PacketBytes;
  /** Padded checks, one after the other, that have not been answered. */
  readonly tries: number;
  readonly nextAt: number;
}

export function newSizeSearch(now: number): SizeSearch {
  return { bytes: PACKET_BYTES.base, tries: 0, nextAt: now };
}

/** What the other end says of the packets that it sends; null: it does not say, and never sends others than full ones. */
export function toldBytes(bytes: number | null): PacketBytes {
  return bytes === null || bytes >= PACKET_BYTES.full ? PACKET_BYTES.full : PACKET_BYTES.base;
}

export function sizeAnswered(now: number): SizeSearch {
  return { bytes: PACKET_BYTES.full, tries: 0, nextAt: now + PATH_TIMES.sizeCheck };
}

/**
 * Goes on with the search for the pair in use, once its time has come.
 * @param answeredAt when the last ordinary check of the pair was answered
 * @returns `hasCheck`: a padded check is to be sent now
 */
export function searchSize(
  search: SizeSearch,
  answeredAt: number | null,
  now: number,
): { readonly search: SizeSearch; readonly hasCheck: boolean } {
  if (now < search.nextAt) return { search, hasCheck: false };
  const isAnswering = answeredAt !== null && now - answeredAt < PATH_TIMES.signExpires;
  if (search.tries >= TRIES && isAnswering)
    return { search: { bytes: PACKET_BYTES.base, tries: 0, nextAt: now + PATH_TIMES.sizeRaise }, hasCheck: false };
  // A path on which nothing is answered says nothing about sizes.
  const tries = search.tries >= TRIES ? 1 : search.tries + 1;
  return { search: { ...search, tries, nextAt: now + PATH_TIMES.sizeRetry }, hasCheck: true };
}
