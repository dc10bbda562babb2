/** What either end's part of the path machine is told about the direct path, and what it wants done. */
import type { Candidate } from './candidate.ts';
import type { Base, PairId } from './check-list.ts';
import type { Pulse, Traffic } from './evidence.ts';
import type { PacketBytes } from './path-size.ts';

export type DirectInput =
  | { readonly type: 'bases'; readonly bases: readonly Base[] }
  | { readonly type: 'candidates'; readonly candidates: readonly Candidate[] }
  | { readonly type: 'check-answered'; readonly pair: PairId; readonly roundTripMs: number }
  | { readonly type: 'padded-check-answered'; readonly pair: PairId }
  /** A check of the other end that proved its password. `nominates`: the epoch of a nomination. */
  | {
      readonly type: 'check-received';
      readonly pair: PairId;
      readonly nominates: number | null;
      /** Of the packets that it sends on this pair, bytes. */
      readonly packetBytes: PacketBytes;
    }
  | { readonly type: 'pulse'; readonly pulse: Pulse }
  | { readonly type: 'traffic'; readonly traffic: Traffic }
  /** WireGuard sends to the nominated address since it has authenticated a packet from there. */
  | { readonly type: 'adopted'; readonly pair: PairId; readonly epoch: number }
  /** Addresses or routes of this computer have changed. */
  | { readonly type: 'network' };

export type DirectOutput =
  /** `packetBytes`: of the packets that this end sends on the pair; null: the other end does not choose by it. */
  | {
      readonly type: 'check';
      readonly pair: PairId;
      readonly nominates: number | null;
      readonly packetBytes: PacketBytes | null;
    }
  /** A check as large as WireGuard's largest packet. */
  | { readonly type: 'padded-check'; readonly pair: PairId; readonly packetBytes: PacketBytes }
  /** A new round: learn this end's addresses again and tell the other end, so that both check at the same time. */
  | { readonly type: 'offer' }
  /** Find out whether WireGuard adopts this address, which the client has nominated; `adopted` is the answer. */
  | { readonly type: 'follow'; readonly pair: PairId; readonly epoch: number }
  /** What ended the direct path may have ended the connections to the relays too: they have to show that they live. */
  | { readonly type: 'prove-relays' }
  | { readonly type: 'nudge' };

/** Where outputs go: an array of these, or of more kinds. */
export interface Outlet {
  push(...outputs: DirectOutput[]): unknown;
}
