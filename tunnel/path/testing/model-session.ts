/**
 * A client and a gateway in a model network under a virtual clock: both path machines, WireGuard as they see it, a
 * relay, and a stream of numbered packets each way, every other one as large as the path is said to carry. Nothing here waits, and the same seed gives the same run.
 */
import type { RelayReason } from '@edgegateway/protocol/relay-reason';
import type { Reachability } from '@edgegateway/protocol/signal';
import type { Candidate, TransportAddress } from '../candidate.ts';
import { routeOf } from '../client-route.ts';
import { gatewayTakesFrame } from '../gateway-path.ts';
import { packetBytesOf, stepPath, visiblePath } from '../path-machine.ts';
import { PADDED_CHECK_BYTES, type PacketBytes, toldBytes } from '../path-size.ts';
import { initialPathState, type PathInput, type PathOutput, type PathState } from '../path-state.ts';
import { relayReasonOf } from '../relay-reason.ts';
import { ModelNat, type NatKind } from './model-nat.ts';

export interface ModelOptions {
  readonly client: NatKind;
  readonly gateway: NatKind;
  /** Both behind one NAT of the client's kind, in networks that do not see each other. */
  readonly shared: boolean;
  readonly hairpin: boolean;
  /** Milliseconds. */
  readonly latency: number;
  readonly relayLatency: number;
  readonly natExpires: number;
  /** Part of the direct packets that are lost, 0 to 1. */
  readonly loss: number;
  readonly seed: number;
}

/** What the network does not let through on the direct way. */
export interface Blockade {
  readonly toGateway: Blocked;
  readonly toClient: Blocked;
}
export type Blocked = 'nothing' | 'everything' | 'wireguard' | 'stun';

type Side = 'client' | 'gateway';

type Datagram =
  | {
      readonly kind: 'check';
      readonly nominates: number | null;
      readonly packetBytes: PacketBytes;
      readonly isPadded: boolean;
      readonly answer: boolean;
      readonly sentAt: number;
    }
  /** `number` null: an empty packet. */
  | { readonly kind: 'wireguard'; readonly number: number | null; readonly bytes: number };

interface End {
  readonly side: Side;
  readonly host: TransportAddress;
  readonly nat: ModelNat;
  path: PathState;
  received: number;
  relayDelivered: number;
  sent: number;
  directSent: number;
  readonly directDelivered: Map<string, number>;
  /** Numbers of the stream that have come. */
  readonly numbers: Set<number>;
  readonly gaps: { readonly small: Gap; readonly large: Gap };
}

interface Gap {
  lastNewAt: number;
  largest: number;
}

const STUN_SERVER = { address: '192.0.2.30', port: 3478 };
const STREAM_INTERVAL = 20;
const TICK = 50;
const POLL = 100;
const SMALL_BYTES = 128;
const EMPTY_BYTES = 32;
const CHECK_BYTES = 120;
const BASE = { name: 'base', family: 'IPv4' } as const;

export class ModelSession {
  readonly client: End;
  readonly gateway: End;
  blockade: Blockade = { toGateway: 'nothing', toClient: 'nothing' };
  /** The largest UDP payload that passes directly, each way, bytes: larger ones are dropped without a word. */
  width: { readonly toGateway: number; readonly toClient: number } = { toGateway: 1452, toClient: 1452 };
  /** The gateway's service hears and says nothing; its kernel goes on. */
  isGatewayMute = false;
  now = 1000;
  readonly #options: ModelOptions;
  /** What is to happen, earliest first. */
  readonly #queue: { readonly at: number; readonly work: () => void }[] = [];
  #random: number;
  /** Where WireGuard at the gateway sends. */
  #endpoint: TransportAddress | null = null;
  #waiting: (() => void)[] | null = null;
  #number = 0;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.#random = options.seed;
    const { hairpin, natExpires: expires } = options;
    const clientNat = new ModelNat('198.51.100.1', options.client, { expires, hairpin });
    const gatewayNat = options.shared ? clientNat : new ModelNat('203.0.113.1', options.gateway, { expires, hairpin });
    this.client = this.#end('client', { address: '10.1.0.2', port: 5001 }, clientNat);
    this.gateway = this.#end('gateway', { address: '10.2.0.2', port: 5002 }, gatewayNat);
    const relays: PathInput = { type: 'relays', relays: [{ name: 'relay0', peer: 'present' }] };
    for (const end of [this.client, this.gateway]) this.#step(end, relays);
    this.#exchangeOffers();
    this.#every(STREAM_INTERVAL, () => this.#stream());
    this.#every(TICK, () => this.#tick());
    this.#every(POLL, () => this.#poll());
  }

  /** Lets so many milliseconds pass. */
  run(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (let next = this.#queue[0]; next !== undefined && next.at <= end; next = this.#queue[0]) {
      this.#queue.shift();
      this.now = next.at;
      next.work();
    }
    this.now = end;
  }

  get path(): 'relay' | 'direct' {
    return visiblePath(this.client.path);
  }

  /** Why the relay carries, as the client would say; null: it does not. */
  get relayReason(): RelayReason | null {
    const { client, gateway, shared } = this.#options;
    const { direct } = this.client.path;
    if (direct.role !== 'client') return null;
    return relayReasonOf(direct, reachabilityBehind(client), reachabilityBehind(shared ? client : gateway), this.now);
  }

  /** The largest packet inside the tunnel, as both ends have it; null: they differ. */
  get packetBytes(): PacketBytes | null {
    const bytes = packetBytesOf(this.client.path);
    return bytes === packetBytesOf(this.gateway.path) ? bytes : null;
  }

  /** The longest time without a new small or without a new large packet, of both directions, since this was last asked. */
  takeLargestGap(): number {
    const gaps = [this.client, this.gateway].flatMap((end) => [end.gaps.small, end.gaps.large]);
    const largest = Math.max(...gaps.map((gap) => Math.max(gap.largest, this.now - gap.lastNewAt)));
    for (const gap of gaps) Object.assign(gap, { largest: 0, lastNewAt: this.now });
    return largest;
  }

  /** Numbers of the stream, sent until `before` milliseconds ago, that never came. */
  missing(before: number): number {
    const until = this.#number - Math.ceil(before / STREAM_INTERVAL);
    let count = 0;
    for (const end of [this.client, this.gateway])
      for (let number = 1; number <= until; number += 1) if (!end.numbers.has(number)) count += 1;
    return count;
  }

  #end(side: Side, inside: TransportAddress, nat: ModelNat): End {
    const host = nat.translates ? inside : { address: nat.address, port: inside.port };
    return {
      ...{ side, host, nat, path: initialPathState(side, side === 'client', this.now) },
      ...{ received: 0, relayDelivered: 0, sent: 0, directSent: 0, directDelivered: new Map() },
      ...{ numbers: new Set(), gaps: { small: this.#gap(), large: this.#gap() } },
    };
  }

  #gap(): Gap {
    return { lastNewAt: this.now, largest: 0 };
  }

  #exchangeOffers(): void {
    for (const [end, other] of this.#both()) {
      const seen = end.nat.outward(end.host, STUN_SERVER, this.now);
      const candidates: Candidate[] = [{ kind: 'host', ...end.host }];
      if (seen !== null && seen !== end.host) candidates.push({ kind: 'server-reflexive', ...seen });
      this.#step(end, { type: 'bases', bases: [BASE] });
      this.#overRelay(() => this.#step(other, { type: 'candidates', candidates }));
    }
  }

  #both(): readonly (readonly [End, End])[] {
    return [
      [this.client, this.gateway],
      [this.gateway, this.client],
    ];
  }

  #step(end: End, input: PathInput): void {
    const { state, outputs } = stepPath(end.path, input, this.now);
    end.path = state;
    for (const output of outputs) this.#carryOut(end, output);
  }

  #carryOut(end: End, output: PathOutput): void {
    switch (output.type) {
      case 'check':
        this.#check(end, output.pair.remote, { ...output, isPadded: false });
        break;
      case 'padded-check':
        this.#check(end, output.pair.remote, { ...output, nominates: null, isPadded: true });
        break;
      case 'nudge':
        this.#fromWireguard(end, null);
        break;
      case 'offer':
        this.#exchangeOffers();
        break;
      case 'follow':
        this.#adopt(output.pair, output.epoch);
        break;
      case 'prove-relays':
      case 'use-relay':
      case 'path-changed':
      case 'size-changed':
      case 'connected':
      case 'lost':
        break;
    }
  }

  #check(
    end: End,
    to: TransportAddress,
    check: {
      readonly nominates: number | null;
      readonly packetBytes: PacketBytes | null;
      readonly isPadded: boolean;
    },
  ): void {
    const { nominates, isPadded } = check;
    const packetBytes = toldBytes(check.packetBytes);
    this.#send(end, to, { kind: 'check', nominates, packetBytes, isPadded, answer: false, sentAt: this.now });
  }

  /** As the engine does it: relay packets wait for a moment, so that only a direct one can move WireGuard. */
  #adopt(pair: { readonly base: string; readonly remote: TransportAddress }, epoch: number): void {
    if (this.#waiting !== null) return;
    this.#waiting = [];
    const end = this.now + 80;
    const look = (): void => {
      const isAdopted = this.#endpoint?.address === pair.remote.address && this.#endpoint.port === pair.remote.port;
      if (!isAdopted && this.now < end) return this.#after(5, look);
      if (isAdopted) this.#step(this.gateway, { type: 'adopted', pair, epoch });
      const waiting = this.#waiting ?? [];
      this.#waiting = null;
      for (const deliver of waiting) deliver();
      if (isAdopted) this.#fromWireguard(this.gateway, null);
    };
    look();
  }

  /** A packet leaves WireGuard; null: an empty one. */
  #fromWireguard(end: End, number: number | null): void {
    const datagram: Datagram = { kind: 'wireguard', number, bytes: sizeOf(number, packetBytesOf(end.path)) };
    const { direct, relay } = end.path;
    end.sent += bytesOf(datagram);
    if (direct.role === 'gateway') {
      if (this.#endpoint === null) this.#overRelay(() => this.#intoWireguard(this.client, datagram, null));
      else this.#send(end, this.#endpoint, datagram);
      return;
    }
    const route = routeOf(direct, relay !== null, number === null);
    if (route.to !== 'relay') {
      end.directSent += bytesOf(datagram);
      this.#send(end, route.remote.remote, datagram);
    }
    const { epoch } = direct;
    if (route.to !== 'direct') this.#overRelay(() => this.#frameAtGateway(epoch, datagram));
  }

  #frameAtGateway(epoch: number, datagram: Datagram): void {
    const { direct } = this.gateway.path;
    if (direct.role !== 'gateway' || this.isGatewayMute) return;
    const { path, age } = gatewayTakesFrame(direct, epoch);
    if (path !== direct) this.#step(this.gateway, { type: 'relay-epoch', epoch });
    const source = age === 'late' ? (direct.followed?.pair.remote ?? null) : null;
    const deliver = (): void => {
      this.gateway.relayDelivered += bytesOf(datagram);
      this.#intoWireguard(this.gateway, datagram, source);
    };
    if (this.#waiting === null) deliver();
    else this.#waiting.push(deliver);
  }

  /** WireGuard takes each packet once; the gateway's sends to where the last good one came from. */
  #intoWireguard(end: End, datagram: Datagram, source: TransportAddress | null): void {
    if (datagram.kind !== 'wireguard') return;
    if (end.side === 'client' && source === null) end.relayDelivered += bytesOf(datagram);
    const isNew = datagram.number === null || !end.numbers.has(datagram.number);
    if (!isNew) return;
    end.received += bytesOf(datagram);
    if (end.side === 'gateway') this.#endpoint = source;
    if (datagram.number === null) return;
    end.numbers.add(datagram.number);
    const gap = isLarge(datagram.number) ? end.gaps.large : end.gaps.small;
    gap.largest = Math.max(gap.largest, this.now - gap.lastNewAt);
    gap.lastNewAt = this.now;
  }

  /** The direct way: out by one NAT, in by the other. */
  #send(from: End, to: TransportAddress, datagram: Datagram): void {
    const blocked = from.side === 'client' ? this.blockade.toGateway : this.blockade.toClient;
    const width = from.side === 'client' ? this.width.toGateway : this.width.toClient;
    const isBlocked =
      bytesOf(datagram) > width ||
      blocked === 'everything' ||
      blocked === (datagram.kind === 'check' ? 'stun' : 'wireguard');
    const seen = from.nat.outward(from.host, to, this.now);
    if (isBlocked || seen === null || this.#chance() < this.#options.loss) return;
    this.#after(this.#options.latency, () => {
      const other = from.side === 'client' ? this.gateway : this.client;
      if (other.nat.translates) {
        if (to.address !== other.nat.address || (other.nat === from.nat && !other.nat.hairpin)) return;
        const inside = other.nat.inward(seen, to.port, this.now);
        if (inside?.address !== other.host.address) return;
      } else if (to.address !== other.host.address || to.port !== other.host.port) return;
      this.#arrived(other, seen, datagram);
    });
  }

  #arrived(end: End, sender: TransportAddress, datagram: Datagram): void {
    const pair = { base: BASE.name, remote: sender };
    if (datagram.kind === 'wireguard') {
      const key = `${sender.address} ${sender.port}`;
      end.directDelivered.set(key, (end.directDelivered.get(key) ?? 0) + bytesOf(datagram));
      this.#intoWireguard(end, datagram, sender);
    } else if (end === this.gateway && this.isGatewayMute) {
      // Nobody is there to answer.
    } else if (datagram.answer && datagram.isPadded) {
      this.#step(end, { type: 'padded-check-answered', pair });
    } else if (datagram.answer) {
      this.#step(end, { type: 'check-answered', pair, roundTripMs: this.now - datagram.sentAt });
    } else {
      this.#send(end, sender, { ...datagram, answer: true });
      const { nominates, packetBytes } = datagram;
      this.#step(end, { type: 'check-received', pair, nominates, packetBytes });
    }
  }

  #stream(): void {
    this.#number += 1;
    this.#fromWireguard(this.client, this.#number);
    this.#fromWireguard(this.gateway, this.#number);
  }

  #tick(): void {
    for (const end of this.#awake()) {
      this.#tellTraffic(end);
      this.#step(end, { type: 'tick' });
    }
  }

  #poll(): void {
    for (const end of this.#awake()) {
      this.#tellTraffic(end);
      this.#step(end, { type: 'counters', latestHandshakeAt: 1, receivedBytes: end.received, sentBytes: end.sent });
    }
    const { direct } = this.gateway.path;
    if (direct.role !== 'gateway' || direct.followed === null || this.isGatewayMute) return;
    const pulse = { receivedDirect: this.gateway.received - this.gateway.relayDelivered, sent: this.gateway.sent };
    this.#overRelay(() => this.#step(this.client, { type: 'pulse', pulse }));
  }

  #awake(): readonly End[] {
    return this.isGatewayMute ? [this.client] : [this.client, this.gateway];
  }

  #tellTraffic(end: End): void {
    const { relayDelivered, directDelivered, directSent } = end;
    this.#step(end, { type: 'traffic', traffic: { relayDelivered, directDelivered, directSent } });
  }

  #overRelay(work: () => void): void {
    this.#after(this.#options.relayLatency, work);
  }

  #after(milliseconds: number, work: () => void): void {
    const at = this.now + milliseconds;
    const index = this.#queue.findLastIndex((entry) => entry.at <= at) + 1;
    this.#queue.splice(index, 0, { at, work });
  }

  #every(milliseconds: number, work: () => void): void {
    this.#after(milliseconds, () => {
      work();
      this.#every(milliseconds, work);
    });
  }

  /** A linear congruential generator (Numerical Recipes): enough to lose packets by. */
  #chance(): number {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#random / 2 ** 32;
  }
}

function bytesOf(datagram: Datagram): number {
  if (datagram.kind === 'wireguard') return datagram.bytes;
  return datagram.isPadded ? PADDED_CHECK_BYTES : CHECK_BYTES;
}

/** A packet of WireGuard's: the stream's by turns small and as large as the path carries. */
function sizeOf(number: number | null, packetBytes: PacketBytes): number {
  if (number === null) return EMPTY_BYTES;
  return isLarge(number) ? packetBytes + EMPTY_BYTES : SMALL_BYTES;
}

function isLarge(number: number): boolean {
  return number % 2 === 0;
}

function reachabilityBehind(kind: NatKind): Reachability {
  return {
    ...{ policy: 'direct-preferred', families: ['IPv4'] },
    stun: kind === 'blocked' ? 'unanswered' : 'answered',
    mapping: kind === 'symmetric' ? 'endpoint-dependent' : 'endpoint-independent',
  };
}
