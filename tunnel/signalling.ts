/**
 * What the ends tell each other about the direct path, over the relays: candidates, and the gateway's readings. An end
 * that is told candidates asks the STUN servers again: the other one tells them anew when it found no path or lost one,
 * and the NAT that gave other outside ports since then may be this end's.
 */
import { performance } from 'node:perf_hooks';
import type { SignalCandidate } from '@edgegateway/protocol/signal';
import type { EnginePeer } from './engine-peer.ts';
import type { DirectNetwork } from './io/direct-network.ts';
import { isFollowed } from './path/path-pace.ts';
import type { PathInput } from './path/path-state.ts';
import type { PeerCounters } from './wireguard-device.ts';

/** What signalling needs of a peer. */
export interface SignalledPeer extends Pick<EnginePeer, 'checks' | 'offers' | 'path' | 'traffic' | 'pulse'> {
  readonly configured: Pick<EnginePeer['configured'], 'allowedAddresses'>;
}

export interface SignallingOptions<Peer extends SignalledPeer> {
  /** With `relay-only` what is heard is passed over. */
  readonly policy: 'direct-preferred' | 'relay-only';
  readonly direct: Pick<DirectNetwork, 'ask' | 'bases' | 'candidates'>;
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

  /** `again`: tells the candidates though they are the same. Without a transport there is nothing to offer. */
  offerTo(peer: Peer, again: boolean): void {
    const { bases, candidates } = this.#options.direct;
    if (candidates.length === 0) return;
    this.#options.step(peer, { type: 'bases', bases });
    peer.offers.offer(candidates, again, performance.now());
  }

  /** Gateway: tells the client what WireGuard has received and sent, while it sends directly. */
  tellReading(peer: Peer, counters: PeerCounters): void {
    if (isFollowed(peer.path)) peer.offers.pulse(peer.pulse(counters));
  }

  received(peer: Peer, boxes: readonly Uint8Array[]): void {
    const { policy, direct, step, onHeard } = this.#options;
    for (const box of boxes) {
      const signal = peer.offers.take(box, performance.now());
      if (signal === null || policy === 'relay-only') continue;
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
