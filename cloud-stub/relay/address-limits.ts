/**
 * What connections of one address may do together. Pure: no sockets, no clock. Times are monotonic milliseconds.
 * All addresses that one host may have count as one (protocol/address-network.ts).
 */
import { networkOf } from '@edgegateway/protocol/address-network';
import type { RelayLimits } from './limits.ts';
import { TokenBucket } from './token-bucket.ts';

type Limits = Pick<RelayLimits, 'connectionsOfOneAddress' | 'newConnectionsOfOneAddress' | 'bytesOfOneAddress'>;

/** Shared by all connections of one address. */
export class AddressShare {
  /** Frames of packets. */
  readonly bytes: TokenBucket;
  readonly newConnections: TokenBucket;
  connections = 0;

  constructor(limits: Limits, now: number) {
    this.bytes = new TokenBucket(limits.bytesOfOneAddress, now);
    this.newConnections = new TokenBucket(limits.newConnectionsOfOneAddress, now);
  }
}

export class AddressLimits {
  readonly #limits: Limits;
  readonly #shares = new Map<string, AddressShare>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#shares.size;
  }

  /** False when this address opens connections too fast. */
  mayConnect(address: string, now: number): boolean {
    return this.#shareOf(address, now).newConnections.take(now);
  }

  /** Counts a connection in, until left(). `isTooMany`: this is more than an address may have. */
  joined(address: string, now: number): { readonly share: AddressShare; readonly isTooMany: boolean } {
    const share = this.#shareOf(address, now);
    share.connections += 1;
    return { share, isTooMany: share.connections > this.#limits.connectionsOfOneAddress };
  }

  left(share: AddressShare): void {
    share.connections -= 1;
  }

  /** Forgets addresses that have neither connections nor used up anything. */
  forgetIdle(now: number): void {
    for (const [network, share] of this.#shares) {
      if (share.connections === 0 && share.newConnections.isFull(now) && share.bytes.isFull(now))
        this.#shares.delete(network);
    }
  }

  #shareOf(address: string, now: number): AddressShare {
    const network = networkOf(address);
    const known = this.#shares.get(network);
    if (known !== undefined) return known;
    const share = new AddressShare(this.#limits, now);
    this.#shares.set(network, share);
    return share;
  }
}
