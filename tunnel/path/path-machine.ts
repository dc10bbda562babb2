/**
 * Decides for one peer which way its packets take, and whether it is connected. The direct path is chosen in
 * client-path.ts and gateway-path.ts; here stand the relay beneath it and the life of the connection.
 *
 * WireGuard is the truth about life: a peer is connected when WireGuard received from it and its handshake is alive,
 * whatever a relay says. A relay's word that the peer is there only chooses the relay. The relay in use stays until
 * the peer leaves it or nothing arrives over it, so that nothing flaps. As each end listens at every relay, the two
 * need not choose the same.
 */
import { findPair } from './check-list.ts';
import { clientChangesRelay, clientDecides, clientObserves, clientReads } from './client-path.ts';
import { clientPacketBytes } from './client-route.ts';
import type { DirectInput } from './direct-events.ts';
import { gatewayDecides, gatewayObserves, gatewayPacketBytes, gatewayTakesFrame } from './gateway-path.ts';
import type { PacketBytes } from './path-size.ts';
import {
  connectingLink,
  firstNudge,
  type Link,
  type PathInput,
  type PathOutput,
  type PathState,
  type RelayView,
} from './path-state.ts';
import { PATH_TIMES } from './path-times.ts';

export const LOST_REASONS = {
  silence: 'Nothing has arrived from the other end for a minute.',
  handshakeExpired: 'The other end has not renewed the encryption keys for three minutes.',
  withoutPath: 'The other end is at no relay that this end can reach.',
  woke: 'This computer was asleep, or its clock was set.',
} as const;

export interface PathStep {
  readonly state: PathState;
  readonly outputs: readonly PathOutput[];
}

export function stepPath(before: PathState, input: PathInput, now: number): PathStep {
  const outputs: PathOutput[] = [];
  let state = observe(before, input, now, outputs);
  state = chooseRelay(state, now, outputs);
  state = { ...state, direct: decideDirect(state, now, outputs) };
  state = judgeLink(state, now, outputs);
  const path = visiblePath(state);
  if (path !== visiblePath(before)) outputs.push({ type: 'path-changed', path });
  const packetBytes = packetBytesOf(state);
  if (packetBytes !== packetBytesOf(before)) outputs.push({ type: 'size-changed', packetBytes });
  return { state, outputs };
}

/** The way that packets to the peer take. */
export function visiblePath({ direct }: PathState): 'relay' | 'direct' {
  if (direct.role === 'gateway') return direct.followed === null ? 'relay' : 'direct';
  const { stage } = direct;
  return stage.state === 'direct' || (stage.state === 'trial' && stage.from !== null) ? 'direct' : 'relay';
}

/** Milliseconds to the peer and back on the direct path; null on the relay, and on a gateway, which does not ask. */
export function roundTripOf({ direct }: PathState): number | null {
  if (direct.role === 'gateway' || direct.stage.state !== 'direct') return null;
  return findPair(direct.pairs, direct.stage.pair)?.roundTripMs ?? null;
}

/** The largest packet inside the tunnel that the present path carries, bytes. */
export function packetBytesOf({ direct, relay }: PathState): PacketBytes {
  return direct.role === 'gateway' ? gatewayPacketBytes(direct) : clientPacketBytes(direct, relay !== null);
}

function decideDirect({ direct, relay }: PathState, now: number, outputs: PathOutput[]): PathState['direct'] {
  return direct.role === 'client'
    ? clientDecides(direct, relay !== null, now, outputs)
    : gatewayDecides(direct, now, outputs);
}

function observe(state: PathState, input: PathInput, now: number, outputs: PathOutput[]): PathState {
  let observed = state;
  switch (input.type) {
    case 'relays':
      observed = { ...state, relays: input.relays };
      break;
    case 'counters':
      observed = {
        ...state,
        receivedBytes: input.receivedBytes,
        lastReceivedAt: input.receivedBytes > state.receivedBytes ? now : state.lastReceivedAt,
        sentBytes: input.sentBytes,
        lastSentAt: input.sentBytes > state.sentBytes ? now : state.lastSentAt,
        handshake: handshakeSeen(state.handshake, input.latestHandshakeAt, now),
        direct: state.direct.role === 'client' ? clientReads(state.direct, input.receivedBytes) : state.direct,
      };
      break;
    case 'woke':
      if (state.link.state === 'connected') outputs.push({ type: 'lost', reason: LOST_REASONS.woke });
      observed = { ...state, lastReceivedAt: null, link: connectingLink(state.leads, now) };
      break;
    case 'relay-epoch':
      if (state.direct.role === 'gateway')
        observed = { ...state, direct: gatewayTakesFrame(state.direct, input.epoch).path };
      break;
    case 'tick':
      break;
    case 'bases':
    case 'candidates':
    case 'check-answered':
    case 'padded-check-answered':
    case 'check-received':
    case 'pulse':
    case 'traffic':
    case 'adopted':
    case 'network':
      observed = { ...state, direct: observeDirect(state.direct, input, now, outputs) };
  }
  return observed;
}

function observeDirect(
  direct: PathState['direct'],
  input: DirectInput,
  now: number,
  outputs: PathOutput[],
): PathState['direct'] {
  return direct.role === 'client' ? clientObserves(direct, input, now) : gatewayObserves(direct, input, now, outputs);
}

function handshakeSeen(known: PathState['handshake'], mark: number | null, now: number): PathState['handshake'] {
  if (mark === null) return null;
  return known?.mark === mark ? known : { mark, seenAt: now };
}

function chooseRelay(state: PathState, now: number, outputs: PathOutput[]): PathState {
  const { link } = state;
  const tried = link.state === 'connecting' && now - link.relayTriedSince >= PATH_TIMES.relayTrial;
  const relay = tried ? relayAfter(state) : bestRelay(state);
  const changed = relay !== state.relay;
  if (!changed && !tried) return state;
  const nextLink: Link = link.state === 'connecting' ? { ...link, relayTriedSince: now } : link;
  if (!changed) return { ...state, link: nextLink };
  outputs.push({ type: 'use-relay', relay });
  const isOther = relay !== null && state.relay !== null && state.direct.role === 'client';
  const direct = isOther ? clientChangesRelay(state.direct, now, outputs) : state.direct;
  if (relay === null || nextLink.state === 'connected') return { ...state, relay, direct, link: nextLink };
  return { ...state, relay, direct, link: { ...nextLink, nudgeAt: firstNudge(state.leads, now) } };
}

/** The present one while it is good; else the first that is. */
function bestRelay({ relays, relay }: PathState): string | null {
  const inUse = relays.find(({ name }) => name === relay);
  if (inUse?.peer === 'present') return inUse.name;
  const present = relays.find(({ peer }) => peer === 'present');
  if (present !== undefined) return present.name;
  if (inUse?.peer === 'leaving') return inUse.name;
  return relays.find(({ peer }) => peer === 'leaving')?.name ?? null;
}

/** The next after the present one at which the peer is, round and round. */
function relayAfter(state: PathState): string | null {
  const candidates = candidatesOf(state.relays);
  const index = candidates.findIndex(({ name }) => name === state.relay);
  return candidates[(index + 1) % Math.max(candidates.length, 1)]?.name ?? null;
}

function candidatesOf(relays: readonly RelayView[]): readonly RelayView[] {
  const present = relays.filter(({ peer }) => peer === 'present');
  return present.length > 0 ? present : relays.filter(({ peer }) => peer === 'leaving');
}

function judgeLink(state: PathState, now: number, outputs: PathOutput[]): PathState {
  const { link } = state;
  switch (link.state) {
    case 'connecting': {
      if (isAlive(state, link.since, now)) {
        outputs.push({ type: 'connected' });
        return { ...state, link: { state: 'connected', since: now, withoutPathSince: null } };
      }
      if (state.relay === null || now < link.nudgeAt) return state;
      outputs.push({ type: 'nudge' });
      return { ...state, link: { ...link, nudgeAt: now + PATH_TIMES.nudgeInterval } };
    }
    case 'connected': {
      const withoutPathSince = isWithoutPath(state) ? (link.withoutPathSince ?? now) : null;
      const reason = whyLost(state, withoutPathSince, now);
      if (reason === null) return keepAlive({ ...state, link: { ...link, withoutPathSince } }, now, outputs);
      outputs.push({ type: 'lost', reason });
      return { ...state, link: connectingLink(state.leads, now) };
    }
    default:
      return link satisfies never;
  }
}

/** The other end is to hear from this one, even when neither has anything to say. */
function keepAlive(state: PathState, now: number, outputs: PathOutput[]): PathState {
  if (now - state.lastSentAt < PATH_TIMES.keepAlive) return state;
  outputs.push({ type: 'nudge' });
  return { ...state, lastSentAt: now };
}

function isAlive(state: PathState, since: number, now: number): boolean {
  const received = state.lastReceivedAt !== null && state.lastReceivedAt >= since;
  return received && !isWithoutPath(state) && !isHandshakeExpired(state, now);
}

function isWithoutPath(state: PathState): boolean {
  return state.relay === null && visiblePath(state) === 'relay';
}

function whyLost(state: PathState, withoutPathSince: number | null, now: number): string | null {
  if (withoutPathSince !== null && now - withoutPathSince >= PATH_TIMES.withoutPath) return LOST_REASONS.withoutPath;
  if (isHandshakeExpired(state, now)) return LOST_REASONS.handshakeExpired;
  if (state.lastReceivedAt === null || now - state.lastReceivedAt >= PATH_TIMES.silence) return LOST_REASONS.silence;
  return null;
}

function isHandshakeExpired({ handshake }: PathState, now: number): boolean {
  return handshake === null || now - handshake.seenAt >= PATH_TIMES.handshakeExpires;
}
