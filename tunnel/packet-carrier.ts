/** Carries WireGuard's packets of all peers: over the relays, or directly, as each peer's path has it. */
import { performance } from 'node:perf_hooks';
import type { RelayFrame } from '@edgegateway/protocol/relay-frame';
import type { EnginePeer } from './engine-peer.ts';
import type { DirectNetwork } from './io/direct-network.ts';
import type { RelayPool } from './io/relay-pool.ts';
import type { TransportAddress } from './path/candidate.ts';
import type { PairId } from './path/check-list.ts';
import { senderKey } from './path/client-path.ts';
import { routeOf } from './path/client-route.ts';
import { gatewayTakesFrame } from './path/gateway-path.ts';
import type { PathInput } from './path/path-state.ts';

export interface PacketCarrierOptions {
  readonly relays: RelayPool;
  readonly direct: DirectNetwork;
  readonly step: (peer: EnginePeer, input: PathInput) => void;
}

/** An empty data message of WireGuard (its paper, section 5.4.6). */
const EMPTY_PACKET = { type: 4, bytes: 32 } as const;
/** More relay packets are not held back. */
const WAITING_PACKETS = 2000;

export class PacketCarrier {
  readonly #options: PacketCarrierOptions;
  /** Whose checks have proved an address, by sender: only their packets are taken from there. */
  readonly #senders = new Map<string, EnginePeer>();

  constructor(options: PacketCarrierOptions) {
    this.#options = options;
  }

  fromWireguard(peer: EnginePeer, packets: readonly Uint8Array[]): void {
    const { direct, relay } = peer.path;
    if (direct.role === 'gateway') return this.#sendOverRelay(peer, packets, 0);
    const forRelay: Uint8Array[] = [];
    for (const packet of packets) {
      const route = routeOf(direct, relay !== null, isEmpty(packet));
      if (route.to !== 'relay') this.#sendDirect(peer, route.remote, packet);
      if (route.to !== 'direct') forRelay.push(packet);
    }
    if (forRelay.length > 0) this.#sendOverRelay(peer, forRelay, direct.epoch);
  }

  fromRelay(peer: EnginePeer, { epoch, packets }: Pick<RelayFrame, 'epoch' | 'packets'>): void {
    const { direct } = peer.path;
    if (direct.role === 'client') return peer.deliverFromRelay(packets, false);
    const { path, age } = gatewayTakesFrame(direct, epoch);
    if (path !== direct) this.#options.step(peer, { type: 'relay-epoch', epoch });
    if (peer.waiting !== null && peer.waiting.length < WAITING_PACKETS) peer.waiting.push(...packets);
    else peer.deliverFromRelay(packets, age === 'late');
  }

  fromDirect(packet: Uint8Array, sender: TransportAddress): void {
    this.#senders.get(senderKey(sender))?.deliverDirect(packet, sender);
  }

  /** A check has proved that this address is the peer's. */
  trust(sender: TransportAddress, peer: EnginePeer): void {
    this.#senders.set(senderKey(sender), peer);
  }

  forget(peer: EnginePeer): void {
    for (const [sender, owner] of this.#senders) if (owner === peer) this.#senders.delete(sender);
  }

  /** A relay has become usable: the handshake that waited for one goes out, where this end leads it. */
  sendHeld({ configured, held, path }: EnginePeer, relay: string): void {
    const initiation = held.take(performance.now());
    const epoch = path.direct.role === 'client' ? path.direct.epoch : 0;
    if (initiation !== null && path.leads)
      this.#options.relays.sendPackets(relay, configured.publicKey, epoch, [initiation]);
  }

  #sendOverRelay({ path, held, configured }: EnginePeer, packets: readonly Uint8Array[], epoch: number): void {
    if (path.relay === null) held.hold(packets, performance.now());
    else this.#options.relays.sendPackets(path.relay, configured.publicKey, epoch, packets);
  }

  #sendDirect(peer: EnginePeer, { base, remote }: PairId, packet: Uint8Array): void {
    peer.countDirectSent(packet.length);
    this.#options.direct.send(base, remote, packet);
  }
}

function isEmpty(packet: Uint8Array): boolean {
  return packet.length === EMPTY_PACKET.bytes && packet[0] === EMPTY_PACKET.type;
}
