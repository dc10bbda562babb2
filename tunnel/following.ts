/**
 * The gateway's part of a direct path beside its path machine: whether WireGuard has gone over to the address that the
 * client nominated, and how relay packets are handed to it until then and afterwards.
 */
import { isAddressAdopted } from './adoption.ts';
import type { EnginePeer } from './engine-peer.ts';
import type { DirectNetwork } from './io/direct-network.ts';
import { isSameAddress, type TransportAddress } from './path/candidate.ts';
import type { PairId } from './path/check-list.ts';
import { isFollowed } from './path/path-pace.ts';
import type { PathInput } from './path/path-state.ts';
import type { TunnelLog } from './tunnel-log.ts';
import type { PeerCounters, WireguardInterface } from './wireguard-device.ts';

export interface FollowingOptions {
  readonly device: WireguardInterface;
  readonly direct: DirectNetwork;
  readonly log: TunnelLog;
  readonly step: (peer: EnginePeer, input: PathInput) => void;
  readonly nudge: (publicKey: string) => void;
  /** Whether the peer is still one of a running engine. */
  readonly isPresent: (peer: EnginePeer) => boolean;
  /** It is known whether an address was adopted. */
  readonly onLooked: () => void;
}

export class Following {
  readonly #options: FollowingOptions;

  constructor(options: FollowingOptions) {
    this.#options = options;
  }

  /** Adopted or not, the relay packets that were held back go on, in their order. */
  async follow(peer: EnginePeer, pair: PairId, epoch: number): Promise<void> {
    const { device, log, step, nudge, isPresent, onLooked } = this.#options;
    const { publicKey, id } = peer.configured;
    if (isFollowed(peer.path)) nudge(publicKey);
    if (peer.waiting !== null) return;
    peer.waiting = [];
    let isAdopted = false;
    try {
      isAdopted = await isAddressAdopted(device, publicKey, pair.remote);
      if (isAdopted) {
        await this.#disguise(peer, pair.remote);
        // Sent where WireGuard now sends: the client learns from it that the path works both ways.
        await device.nudgePeer(publicKey);
      }
    } catch (error) {
      log('warn', 'A direct path cannot be followed.', { peer: id, problem: String(error) });
    }
    const { waiting } = peer;
    peer.waiting = null;
    if (!isPresent(peer)) return;
    if (isAdopted) step(peer, { type: 'adopted', pair, epoch });
    peer.deliverFromRelay(waiting, isAdopted);
    onLooked();
  }

  /** The client may have heard from WireGuard and gone over to the direct path before this end has looked. */
  adoptLate(peer: EnginePeer, { endpoint }: PeerCounters): void {
    const { direct } = peer.path;
    if (direct.role !== 'gateway' || direct.nominated === null || peer.waiting !== null || endpoint === null) return;
    const { pair, epoch } = direct.nominated;
    if (!isSameAddress(endpoint, pair.remote)) return;
    void this.#disguise(peer, pair.remote);
    this.#options.step(peer, { type: 'adopted', pair, epoch });
  }

  /** Relay packets look to WireGuard like what they are again. */
  async leave(peer: EnginePeer): Promise<void> {
    await this.#disguise(peer, null);
  }

  async #disguise({ lateSocket, configured }: EnginePeer, remote: TransportAddress | null): Promise<void> {
    const { direct, log } = this.#options;
    if (lateSocket === null) return;
    await direct.disguise(lateSocket.port, remote).catch((error: unknown) => {
      log('warn', 'Late packets cannot be told from new ones.', { peer: configured.id, problem: String(error) });
    });
  }
}
