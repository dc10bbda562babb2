/**
 * This end as others may reach it directly: the transport, its own addresses and what STUN servers say of them. Open
 * while there is a peer.
 */
import type { StunEndpoint } from '@edgegateway/protocol/network-endpoints';
import type { Reachability, SignalCandidate } from '@edgegateway/protocol/signal';
import { isStunMessage } from '@edgegateway/protocol/stun/header';
import { isSameAddress, type TransportAddress } from '../path/candidate.ts';
import type { TunnelLog } from '../tunnel-log.ts';
import type { DatagramListener, DirectTransport, TransportBase } from './direct-transport.ts';
import { ReflexiveAddresses } from './reflexive-addresses.ts';

export interface DirectNetworkOptions {
  readonly openTransport: (onDatagram: DatagramListener) => Promise<DirectTransport>;
  /** Bases or candidates are others than before. */
  readonly onChange: () => void;
  /** A STUN message that is no server's answer, and a packet of WireGuard. */
  readonly onStun: DatagramListener;
  readonly onPacket: DatagramListener;
  readonly log: TunnelLog;
}

/** More interfaces than this are somebody's virtual machines. */
const CANDIDATE_LIMIT = 24;

/** Milliseconds between two questions to the STUN servers because a peer has found no path. */
const ASK_INTERVAL = 2000;

export class DirectNetwork {
  readonly #options: DirectNetworkOptions;
  readonly #reflexive: ReflexiveAddresses;
  #transport: DirectTransport | null = null;
  #opening: Promise<void> | null = null;
  #hasFailed = false;
  #servers: readonly StunEndpoint[] = [];
  #askedAt = Number.NEGATIVE_INFINITY;
  #known = '';

  constructor(options: DirectNetworkOptions) {
    this.#options = options;
    this.#reflexive = new ReflexiveAddresses(
      () => this.#transport,
      () => this.#tellChange(),
      () => performance.now(),
    );
  }

  get bases(): readonly TransportBase[] {
    return this.#transport?.bases ?? [];
  }

  get candidates(): readonly SignalCandidate[] {
    const hosts = this.bases.flatMap((base) => base.hosts);
    const reflexive = this.#reflexive.addresses.filter(
      (address) => !hosts.some((host) => isSameAddress(host, address)),
    );
    return [
      ...hosts.map((host) => ({ kind: 'host', ...host }) as const),
      ...reflexive.map((address) => ({ kind: 'server-reflexive', ...address }) as const),
    ].slice(0, CANDIDATE_LIMIT);
  }

  /** Null while that is not known yet; without a transport there are no addresses. */
  get reachability(): Omit<Reachability, 'policy'> | null {
    if (this.#hasFailed) return { families: [], stun: 'unknown', mapping: 'unknown' };
    if (this.#transport === null) return null;
    const families = this.bases.map(({ family }) => family);
    return { families: [...new Set(families)].sort(), ...this.#reflexive.reachability };
  }

  /** Without a transport there is only the relay, and that is told. */
  open(servers: readonly StunEndpoint[]): Promise<void> {
    const isOther = JSON.stringify(servers) !== JSON.stringify(this.#servers);
    this.#servers = servers;
    if (this.#transport !== null && isOther) this.ask();
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** Asks the STUN servers again, though not more often than every two seconds. */
  ask(): void {
    const now = performance.now();
    if (now - this.#askedAt < ASK_INTERVAL) return;
    this.#askedAt = now;
    this.#reflexive.ask(this.#servers).catch((error: unknown) => {
      this.#options.log('warn', 'The STUN servers cannot be asked.', { problem: String(error) });
    });
  }

  /** The computer's addresses or routes have changed: what servers said before counts no more. */
  async changed(): Promise<void> {
    await this.#transport?.refresh();
    this.#reflexive.forget();
    this.#askedAt = Number.NEGATIVE_INFINITY;
    this.#tellChange();
    if (this.#transport !== null) this.ask();
  }

  send(base: string, remote: TransportAddress, datagram: Uint8Array): void {
    this.#transport?.send(base, remote, datagram);
  }

  async disguise(port: number, remote: TransportAddress | null): Promise<void> {
    await this.#transport?.disguise(port, remote);
  }

  async close(): Promise<void> {
    await this.#opening;
    this.#reflexive.close();
    this.#reflexive.forget();
    const transport = this.#transport;
    this.#transport = null;
    this.#opening = null;
    this.#hasFailed = false;
    this.#known = '';
    await transport?.close();
  }

  async #open(): Promise<void> {
    const { openTransport, log } = this.#options;
    try {
      this.#transport = await openTransport((datagram, base, sender) => this.#received(datagram, base, sender));
    } catch (error) {
      this.#hasFailed = true;
      log('warn', 'A direct path is not possible, so every packet takes a relay.', { problem: String(error) });
      return;
    }
    this.#tellChange();
    this.#askedAt = Number.NEGATIVE_INFINITY;
    this.ask();
  }

  #received(datagram: Buffer, base: string, sender: TransportAddress): void {
    const { onStun, onPacket } = this.#options;
    if (!isStunMessage(datagram)) onPacket(datagram, base, sender);
    else if (!this.#reflexive.take(datagram)) onStun(datagram, base, sender);
  }

  #tellChange(): void {
    const known = JSON.stringify([this.bases, this.candidates]);
    if (known === this.#known) return;
    this.#known = known;
    this.#options.onChange();
  }
}
