/**
 * A connection to every relay of the configuration. An end listens at all of them, so that the other end reaches it
 * wherever it can, and the loss of a relay costs no search for the next.
 */
import type { RelayEndpoint } from '@edgegateway/protocol/network-endpoints';
import type { RelayFrame } from '@edgegateway/protocol/relay-frame';
import type { RelayView } from '../path/path-state.ts';
import { HostAddresses } from './host-addresses.ts';
import { nearestFirst } from './nearest-first.ts';
import { ownAddresses } from './own-addresses.ts';
import { RelayConnection, type RelayConnectionOptions } from './relay-connection.ts';
import { type RelayIdentity, relayIdentity } from './relay-proof.ts';

export interface RelayPoolOptions extends Required<Pick<RelayConnectionOptions, 'caPem' | 'proxy' | 'log'>> {
  /** Base64, of the tunnel's interface: for the proof of possession. */
  readonly privateKey: string;
}

/** Whom the pool tells what comes from the relays. */
export interface RelayPoolOwner {
  /** Which peers are at which relays, or the order of the relays, has changed. */
  onChange(): void;
  onPackets(publicKey: string, frame: RelayFrame): void;
}

const NO_SESSIONS: ReadonlyMap<string, string> = new Map();

export class RelayPool {
  readonly #options: RelayPoolOptions;
  readonly #identity: RelayIdentity;
  #owner: RelayPoolOwner = { onChange: () => undefined, onPackets: () => undefined };
  readonly #addresses = new HostAddresses();
  /** In the order of the configuration, by everything that makes a relay that relay. */
  #connections = new Map<string, RelayConnection>();
  #nearestFirst: readonly RelayConnection[] = [];
  /** Those of #nearestFirst that were measured when they were put in order. */
  #measured: readonly RelayConnection[] = [];

  /**
   * @throws RangeError when the private key is not one
   */
  constructor(options: RelayPoolOptions) {
    this.#options = options;
    this.#identity = relayIdentity(options.privateKey);
  }

  /** Base64: under which the relays know this end. */
  get publicKey(): string {
    return this.#identity.publicKey;
  }

  /** From now on `owner` is told, and no other. */
  attach(owner: RelayPoolOwner): void {
    this.#owner = owner;
  }

  /**
   * Connects to those of these relays that are not connected yet, and opens no session there: no peer learns that this
   * end is there before it can take packets.
   */
  dial(relays: readonly RelayEndpoint[]): void {
    const more = relays.filter((relay) => !this.#connections.has(keyOf(relay)));
    for (const relay of more) this.#connections.set(keyOf(relay), this.#connect(relay, NO_SESSIONS));
    if (more.length > 0) this.#changed();
  }

  /** Makes these the relays and these the tokens, by session. Without a session no relay is contacted. */
  configure(relays: readonly RelayEndpoint[], tokens: ReadonlyMap<string, string>): void {
    const before = this.#connections;
    this.#connections = new Map();
    for (const relay of tokens.size === 0 ? [] : relays) {
      const key = keyOf(relay);
      const kept = before.get(key);
      before.delete(key);
      this.#connections.set(key, kept ?? this.#connect(relay, tokens));
      kept?.setTokens(tokens);
    }
    for (const connection of before.values()) connection.close();
    this.#changed();
  }

  /** How the relays see this peer: the nearest relay first. */
  views(peer: string): RelayView[] {
    return this.#nearestFirst.map((connection) => ({ name: connection.name, peer: connection.peer(peer) }));
  }

  /** Milliseconds to each relay and back, by its name, the nearest first; null where it is not known. */
  roundTrips(): ReadonlyMap<string, number | null> {
    return new Map(this.#nearestFirst.map(({ name, roundTripMs }) => [name, roundTripMs]));
  }

  sendPackets(relay: string, peer: string, epoch: number, packets: readonly Uint8Array[]): void {
    for (const connection of this.#connections.values()) {
      if (connection.name === relay) connection.sendPackets(peer, epoch, packets);
    }
  }

  /** @returns whether one of the relays that see the peer took it */
  sendSignal(peer: string, box: Uint8Array): boolean {
    return [...this.#connections.values()].some((connection) => connection.sendSignal(peer, box));
  }

  /** The addresses or routes of this computer have changed. */
  networkChanged(): void {
    const addresses = ownAddresses();
    for (const connection of this.#connections.values()) connection.networkChanged(addresses);
  }

  /** Packets depend on the relays from now on: what is left of a dead connection is to be found soon. */
  prove(): void {
    for (const connection of this.#connections.values()) connection.prove();
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
    [this.#nearestFirst, this.#measured] = [[], []];
  }

  #connect(relay: RelayEndpoint, tokens: ReadonlyMap<string, string>): RelayConnection {
    const { caPem, proxy, log } = this.#options;
    const options: RelayConnectionOptions = {
      ...{ relay, caPem, proxy, log, identity: this.#identity, addresses: this.#addresses },
      onChange: () => this.#changed(),
      onRoundTrip: () => {
        if (this.#orderChanges()) this.#owner.onChange();
      },
      onPackets: (publicKey, frame) => this.#owner.onPackets(publicKey, frame),
    };
    return new RelayConnection(options, tokens);
  }

  #changed(): void {
    this.#orderChanges();
    this.#owner.onChange();
  }

  #orderChanges(): boolean {
    const before = this.#nearestFirst;
    const connections = [...this.#connections.values()];
    this.#nearestFirst = nearestFirst(connections, this.#measured, ({ roundTripMs }) => roundTripMs);
    this.#measured = this.#nearestFirst.filter(({ roundTripMs }) => roundTripMs !== null);
    return this.#nearestFirst.some((connection, index) => connection !== before[index]);
  }
}

function keyOf({ name, host, port }: RelayEndpoint): string {
  return JSON.stringify([name, host, port]);
}
