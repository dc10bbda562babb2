/**
 * What the ends tell each other about the direct path, over the relays: candidates, and the gateway's readings. An end
 * that is told candidates asks the STUN servers again: the other one tells them anew when it found no path or lost one,
 * and the NAT that gave other outside ports since then may be this end's.
 */
import { performance } from 'node:perf_hooks';
import type { Reachability, SignalCandidate } from '@edgegateway/protocol/signal';
import type { EnginePeer } from './engine-peer.ts';
import type { DirectNetwork } from './io/direct-network.ts';
import { isFollowed } from './path/path-pace.ts';
import type { PathInput } from './path/path-state.ts';
import type { PeerCounters } from './wireguard-device.ts';

/** What signalling needs of a peer. */
export interface SignalledPeer
  extends Pick<EnginePeer, 'checks' | 'offers' | 'path' | 'traffic' | 'pulse' | 'reachability' | 'relayReason'> {
  readonly configured: Pick<EnginePeer['configured'], 'allowedAddresses'>;
}

export interface SignallingOptions<Peer extends SignalledPeer> {
  /** With `relay-only` what is heard is passed over. */
  readonly policy: 'direct-preferred' | 'relay-only';
  readonly direct: Pick<DirectNetwork, 'ask' | 'bases' | 'candidates' | 'reachability'>;
  readonly peers: () => Iterable<Peer>;
  readonly step: (peer: Peer, input: PathInput) => void;
  /** Something was heard that the next tick may act on. */
  readonly onHeard: () => void;
  /** An address at which the other end says that it is met leads into the tunnel; told once for each. */
  readonly onInside: (peer: Peer, address: string) => void;
}

export class Signalling<Peer extends SignalledPeer> {
  readonly #options: SignallingOptions<Peer>;
  readonly #toldInside = new Set<string>();

  constructor(options: SignallingOptions<Peer>) {
    this.#options = options;
  }

  /** How this end can be reached; null: not known yet. */
  get reachability(): Reachability | null {
    const { policy, direct } = this.#options;
    if (policy === 'relay-only') return { policy, families: [], stun: 'unknown', mapping: 'unknown' };
    return direct.reachability === null ? null : { policy, ...direct.reachability };
  }

  /**
   * `again`: tells the candidates though they are the same. Without a transport there is nothing to offer; with
   * `relay-only` just that is told, once, so that the other end does not go on telling its own.
   */
  offerTo(peer: Peer, again: boolean): void {
    const { policy, direct } = this.#options;
    const { bases, candidates } = direct;
    if (candidates.length === 0 && policy !== 'relay-only') return;
    this.#options.step(peer, { type: 'bases', bases });
    peer.offers.offer(candidates, again, performance.now());
  }

  /** Tells how this end can be reached and, as a client, why the relay carries, when that is news. */
  tellReachability(peer: Peer): void {
    const { reachability } = this;
    if (reachability === null) return;
    const relayReason = peer.path.direct.role === 'client' ? peer.relayReason(reachability, performance.now()) : null;
    peer.offers.reachability({ ...reachability, relayReason });
  }

  /** Gateway: tells the client what WireGuard has received and sent, while it sends directly. */
  tellReading(peer: Peer, counters: PeerCounters): void {
    if (isFollowed(peer.path)) peer.offers.pulse(peer.pulse(counters));
  }

  received(peer: Peer, boxes: readonly Uint8Array[]): void {
    const { policy, direct, step, onHeard } = this.#options;
    for (const box of boxes) {
      const signal = peer.offers.take(box, performance.now());
      if (signal?.type === 'reachability') peer.reachability = signal.reachability;
      if (signal === null || signal.type === 'reachability' || policy === 'relay-only') continue;
      if (signal.type === 'pulse') {
        // What came directly before the reading must be known before it.
        step(peer, { type: 'traffic', traffic: peer.traffic });
        step(peer, { type: 'pulse', pulse: signal.pulse });
      } else {
        direct.ask();
        peer.checks.setRemote(signal.remote);
        step(peer, { type: 'candidates', candidates: this.#outsideTheTunnel(peer, signal.candidates) });
      }
      onHeard();
    }
  }

  /** A packet to an address that leads into the tunnel would carry the tunnel within itself. */
  #outsideTheTunnel(peer: Peer, candidates: readonly SignalCandidate[]): readonly SignalCandidate[] {
    const inside = new Set([...this.#options.peers()].flatMap(({ configured }) => configured.allowedAddresses));
    for (const { address } of candidates) {
      if (!inside.has(address) || this.#toldInside.has(address)) continue;
      this.#toldInside.add(address);
      this.#options.onInside(peer, address);
    }
    return candidates.filter(({ address }) => !inside.has(address));
  }
}
