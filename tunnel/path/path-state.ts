/**
 * What the path machine knows of one peer, what it is told and what it wants done.
 * All times are milliseconds of one clock that never jumps.
 */
import { type ClientPath, initialClientPath } from './client-path.ts';
import type { DirectInput, DirectOutput } from './direct-events.ts';
import { type GatewayPath, initialGatewayPath } from './gateway-path.ts';
import type { PacketBytes } from './path-size.ts';
import { PATH_TIMES } from './path-times.ts';

/** `leaving`: the relay has said that it is about to stop. */
export type PeerAtRelay = 'present' | 'leaving' | 'absent';

export interface RelayView {
  readonly name: string;
  readonly peer: PeerAtRelay;
}

export type Link =
  | {
      readonly state: 'connecting';
      readonly since: number;
      /** When the next nudge is due, while there is a path. */
      readonly nudgeAt: number;
      /** When the relay in use was taken or last left unchanged for want of another. */
      readonly relayTriedSince: number;
    }
  | {
      readonly state: 'connected';
      readonly since: number;
      /** Since when the peer is at no relay. */
      readonly withoutPathSince: number | null;
    };

export interface PathState {
  /** Which relay is in use, and beside it the direct path as this end's role sees it. */
  readonly direct: ClientPath | GatewayPath;
  /** Whether this end begins the handshake: if both began at once, each would spoil the other's. */
  readonly leads: boolean;
  /** In the order of preference, which is the same at both ends. */
  readonly relays: readonly RelayView[];
  /** The one that packets to the peer take. Packets from it are welcome over all of them. */
  readonly relay: string | null;
  readonly link: Link;
  readonly receivedBytes: number;
  readonly lastReceivedAt: number | null;
  readonly sentBytes: number;
  /** Or when the path machine began. */
  readonly lastSentAt: number;
  /** `mark` is WireGuard's own time of the handshake, on a clock that may jump: only its changes count. */
  readonly handshake: { readonly mark: number; readonly seenAt: number } | null;
}

export type PathInput =
  | DirectInput
  /** Whenever one of them changed: all relays, in their order. */
  | { readonly type: 'relays'; readonly relays: readonly RelayView[] }
  /** What WireGuard says of the peer. */
  | {
      readonly type: 'counters';
      readonly latestHandshakeAt: number | null;
      readonly receivedBytes: number;
      readonly sentBytes: number;
    }
  /** Gateway: a relay frame of the client's carries an epoch that is news. */
  | { readonly type: 'relay-epoch'; readonly epoch: number }
  /** The machine slept, for how long nobody knows. */
  | { readonly type: 'woke' }
  | { readonly type: 'tick' };

export type PathOutput =
  | DirectOutput
  | { readonly type: 'use-relay'; readonly relay: string | null }
  | { readonly type: 'path-changed'; readonly path: 'relay' | 'direct' }
  /** WireGuard is to send no larger packets than these to the peer, bytes inside the tunnel. */
  | { readonly type: 'size-changed'; readonly packetBytes: PacketBytes }
  | { readonly type: 'connected' }
  /** `reason` is a plain sentence. */
  | { readonly type: 'lost'; readonly reason: string };

export function initialPathState(role: 'client' | 'gateway', leads: boolean, now: number): PathState {
  return {
    direct: role === 'client' ? initialClientPath(now) : initialGatewayPath(),
    leads,
    relays: [],
    relay: null,
    link: connectingLink(leads, now),
    receivedBytes: 0,
    lastReceivedAt: null,
    sentBytes: 0,
    lastSentAt: now,
    handshake: null,
  };
}

export function connectingLink(leads: boolean, now: number): Link {
  return { state: 'connecting', since: now, nudgeAt: firstNudge(leads, now), relayTriedSince: now };
}

export function firstNudge(leads: boolean, now: number): number {
  return leads ? now : now + PATH_TIMES.followerPatience;
}
