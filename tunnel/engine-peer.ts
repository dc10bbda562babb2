/** One peer of the tunnel engine: its sockets, its path, its checks and offers, and the bytes that came and went. */
import { performance } from 'node:perf_hooks';
import type { RelayReason } from '@edgegateway/protocol/relay-reason';
import type { Reachability } from '@edgegateway/protocol/signal';
import { HeldInitiation } from './io/held-initiation.ts';
import { PeerChecks } from './io/peer-checks.ts';
import { PeerOffers, type ToldReachability } from './io/peer-offers.ts';
import type { PeerSocket } from './io/peer-socket.ts';
import type { TransportAddress } from './path/candidate.ts';
import { senderKey } from './path/client-path.ts';
import type { Pulse, Traffic } from './path/evidence.ts';
import { packetBytesOf, roundTripOf, visiblePath } from './path/path-machine.ts';
import { initialPathState, type PathState } from './path/path-state.ts';
import { relayReasonOf } from './path/relay-reason.ts';
import type { TunnelPeer, TunnelPeerStatus } from './tunnel-peer.ts';
import type { PeerCounters } from './wireguard-device.ts';

export interface EnginePeerOptions {
  readonly role: 'client' | 'gateway';
  readonly ownPublicKey: string;
  readonly configured: TunnelPeer;
  readonly socket: PeerSocket;
  /** Gateway: hands late relay packets to WireGuard in disguise. */
  readonly lateSocket: PeerSocket | null;
  readonly sendDatagram: (base: string, remote: TransportAddress, datagram: Uint8Array) => void;
  readonly sendSignal: (box: Uint8Array) => boolean;
  readonly now: number;
}

export class EnginePeer {
  configured: TunnelPeer;
  readonly socket: PeerSocket;
  readonly lateSocket: PeerSocket | null;
  readonly held = new HeldInitiation();
  readonly checks: PeerChecks;
  readonly offers: PeerOffers;
  path: PathState;
  /** What the other end has said last. */
  reachability: ToldReachability | null = null;
  counters: PeerCounters | null = null;
  connectedSince: number | null = null;
  /** Gateway: relay packets that wait until it is known whether WireGuard adopts a nominated address. */
  waiting: Uint8Array[] | null = null;
  #relayDelivered = 0;
  #directSent = 0;
  readonly #directDelivered = new Map<string, number>();
  #reading = { received: 0, relayDelivered: 0 };
  #pulse: Pulse = { receivedDirect: 0, sent: 0 };

  constructor(options: EnginePeerOptions) {
    const { role, ownPublicKey, configured, socket, lateSocket, now } = options;
    this.configured = configured;
    this.socket = socket;
    this.lateSocket = lateSocket;
    this.checks = new PeerChecks(role, options.sendDatagram);
    this.offers = new PeerOffers({
      secret: configured.signallingSecret,
      ...{ ownPublicKey, peerPublicKey: configured.publicKey },
      local: this.checks.local,
      send: options.sendSignal,
    });
    this.path = initialPathState(role, ownPublicKey < configured.publicKey, now);
  }

  get traffic(): Traffic {
    return {
      relayDelivered: this.#relayDelivered,
      directDelivered: this.#directDelivered,
      directSent: this.#directSent,
    };
  }

  deliverFromRelay(packets: readonly Uint8Array[], isLate: boolean): void {
    for (const packet of packets) this.#relayDelivered += packet.length;
    ((isLate ? this.lateSocket : null) ?? this.socket).deliver(packets);
  }

  deliverDirect(packet: Uint8Array, sender: TransportAddress): void {
    const key = senderKey(sender);
    this.#directDelivered.set(key, (this.#directDelivered.get(key) ?? 0) + packet.length);
    this.socket.deliver([packet]);
  }

  countDirectSent(bytes: number): void {
    this.#directSent += bytes;
  }

  /**
   * Gateway: what WireGuard received beyond what relays brought came directly.
   * @returns the reading for the client
   */
  pulse({ receivedBytes, sentBytes }: PeerCounters): Pulse {
    const { received, relayDelivered } = this.#reading;
    const gain = receivedBytes - received - (this.#relayDelivered - relayDelivered);
    this.#reading = { received: receivedBytes, relayDelivered: this.#relayDelivered };
    this.#pulse = { receivedDirect: this.#pulse.receivedDirect + Math.max(gain, 0), sent: sentBytes };
    return this.#pulse;
  }

  /**
   * Why a relay carries the packets, on a gateway as the client has told it.
   * @param own how this end can be reached; null: not known yet
   */
  relayReason(own: Reachability | null, now: number): RelayReason | null {
    const { path, reachability } = this;
    if (path.direct.role === 'client') return relayReasonOf(path.direct, own, reachability, now);
    return visiblePath(path) === 'direct' ? null : (reachability?.relayReason ?? null);
  }

  /** @param own how this end can be reached; null: not known yet */
  status(own: Reachability | null): TunnelPeerStatus {
    const { configured, path, counters, connectedSince } = this;
    const { state } = path.link;
    return {
      id: configured.id,
      publicKey: configured.publicKey,
      state,
      path: state === 'connected' ? visiblePath(path) : null,
      relayReason: state === 'connected' ? this.relayReason(own, performance.now()) : null,
      relay: path.relay,
      roundTripMs: roundTripOf(path),
      mtu: state === 'connected' ? packetBytesOf(path) : null,
      connectedSince,
      latestHandshakeAt: counters?.latestHandshakeAt ?? null,
      receivedBytes: counters?.receivedBytes ?? 0,
      sentBytes: counters?.sentBytes ?? 0,
    };
  }

  closeSockets(): void {
    this.socket.close();
    this.lateSocket?.close();
  }
}
