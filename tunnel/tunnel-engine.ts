/**
 * Keeps the WireGuard peers of one interface reachable: gives each a loopback endpoint, lets its packets be carried,
 * watches WireGuard's counters and tells its owner who is connected. Decisions are the path machine's.
 */
import { EventEmitter } from 'node:events';
import { performance } from 'node:perf_hooks';
import type { RelayFrame } from '@edgegateway/protocol/relay-frame';
import { EnginePeer } from './engine-peer.ts';
import { Following } from './following.ts';
import { DirectNetwork } from './io/direct-network.ts';
import type { DatagramListener, DirectTransport } from './io/direct-transport.ts';
import { PeerSocket } from './io/peer-socket.ts';
import type { RelayPool } from './io/relay-pool.ts';
import { SleepDetector } from './io/sleep-detector.ts';
import type { NetworkMonitor } from './network-monitor.ts';
import { PacketCarrier } from './packet-carrier.ts';
import type { TransportAddress } from './path/candidate.ts';
import { stepPath } from './path/path-machine.ts';
import { isConnecting, isFollowed, isInTrial, pollInterval, tickInterval } from './path/path-pace.ts';
import type { PathInput, PathOutput } from './path/path-state.ts';
import { Signalling } from './signalling.ts';
import type { TunnelLog } from './tunnel-log.ts';
import type { TunnelConfiguration, TunnelEngineEvents, TunnelPeer, TunnelPeerStatus } from './tunnel-peer.ts';
import type { PeerCounters, WireguardInterface } from './wireguard-device.ts';

export type { TunnelLog } from './tunnel-log.ts';

export interface TunnelEngineOptions {
  /** The client controls which path is taken; the gateway follows (RFC 8445 section 2.3: controlling, controlled). */
  readonly role: 'client' | 'gateway';
  /** `relay-only`: no direct path is looked for, and no STUN server asked. */
  readonly policy: PathPolicy;
  readonly device: WireguardInterface;
  /** Opens the sockets of the direct path (ClientTransport, GatewayTransport). */
  readonly openTransport: (onDatagram: DatagramListener) => Promise<DirectTransport>;
  /** With the interface's key; the engine's from now on. Its owner may have dialled already, while the interface was made. */
  readonly relays: RelayPool;
  /** Tells of changes of the computer's network; the engine's from now on. */
  readonly monitor: NetworkMonitor;
  readonly log: TunnelLog;
}

export type PathPolicy = 'direct-preferred' | 'relay-only';

const STATUS_INTERVAL = 1000;
/** Unanswered looks at the interface, one after the other, until it counts as gone. */
const FAILED_POLLS = 3;

export class TunnelEngine extends EventEmitter<TunnelEngineEvents> {
  readonly #options: TunnelEngineOptions;
  readonly #device: WireguardInterface;
  readonly #log: TunnelLog;
  readonly #relays: RelayPool;
  readonly #direct: DirectNetwork;
  readonly #carrier: PacketCarrier;
  readonly #signalling: Signalling<EnginePeer>;
  readonly #following: Following;
  /** By public key, in the order of the configuration. */
  readonly #peers = new Map<string, EnginePeer>();
  readonly #sleep = new SleepDetector(
    () => Date.now(),
    () => performance.now(),
  );
  /** Configurations are carried out one after the other. */
  #lastChange: Promise<void> = Promise.resolve();
  #pollTimer: NodeJS.Timeout | null = null;
  #tickTimer: NodeJS.Timeout | null = null;
  #failedPolls = 0;
  #toldStatus = '[]';
  #toldStatusAt = Number.NEGATIVE_INFINITY;
  #closing: Promise<void> | null = null;

  constructor(options: TunnelEngineOptions) {
    super();
    const { device, relays, monitor, log } = options;
    this.#options = options;
    this.#device = device;
    this.#log = log;
    this.#relays = relays;
    this.#direct = new DirectNetwork({
      openTransport: options.openTransport,
      onChange: () => this.#candidatesChanged(),
      onStun: (datagram, base, sender) => this.#stunReceived(datagram, base, sender),
      onPacket: (datagram, _base, sender) => this.#carrier.fromDirect(datagram, sender),
      log,
    });
    const direct = this.#direct;
    const step = (peer: EnginePeer, input: PathInput) => this.#step(peer, input);
    this.#carrier = new PacketCarrier({ relays, direct, step });
    this.#signalling = new Signalling({
      ...{ policy: options.policy, direct, step },
      peers: () => this.#peers.values(),
      onHeard: () => this.#scheduleTick(),
      onInside: ({ configured: { id } }, address) =>
        log('warn', 'An address of the other end is released into the tunnel: the direct path goes without it.', {
          ...{ peer: id, address },
        }),
    });
    this.#following = new Following({
      ...{ device, direct, log, step },
      nudge: (publicKey) => this.#nudge(publicKey),
      isPresent: (peer) => this.#peers.get(peer.configured.publicKey) === peer && this.#closing === null,
      onLooked: () => this.#schedulePoll(),
    });
    relays.attach({
      onChange: () => this.#relaysChanged(),
      onPackets: (publicKey, frame) => this.#frameReceived(publicKey, frame),
    });
    monitor.start(() => this.#networkChanged());
    this.#schedulePoll();
    this.#scheduleTick();
  }

  /**
   * Makes this the configuration. Peers that stay are not disturbed; those that are gone end at once.
   * @throws CommandError, the first one, when the interface refuses a change; the other changes are carried out
   */
  configure(configuration: TunnelConfiguration): Promise<void> {
    const change = this.#lastChange.then(() => this.#configure(configuration));
    this.#lastChange = change.catch(() => undefined);
    return change;
  }

  status(): readonly TunnelPeerStatus[] {
    return [...this.#peers.values()].map((peer) => this.#statusOf(peer));
  }

  /** Relay connections, sockets and peers go; the interface stays its owner's, who may have closed it before. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Addresses or routes of the computer have changed, or it slept. */
  #networkChanged(): void {
    if (this.#closing !== null) return;
    this.#relays.networkChanged();
    this.#direct.changed().catch((error: unknown) => {
      this.#log('warn', 'The addresses of this computer cannot be read.', { problem: String(error) });
    });
    for (const peer of this.#peers.values()) this.#step(peer, { type: 'network' });
    this.#scheduleTick();
    this.emit('network');
  }

  async #close(): Promise<void> {
    this.#options.monitor.close();
    if (this.#pollTimer !== null) clearTimeout(this.#pollTimer);
    if (this.#tickTimer !== null) clearTimeout(this.#tickTimer);
    this.#relays.close();
    await this.#lastChange;
    await Promise.allSettled([...this.#peers.values()].map((peer) => this.#removePeer(peer)));
    await this.#direct.close();
  }

  async #configure({ relays, stunServers, peers }: TunnelConfiguration): Promise<void> {
    if (this.#closing !== null) return;
    const wanted = new Map(peers.map((peer) => [peer.publicKey, peer]));
    const gone = [...this.#peers.values()].filter(({ configured }) => !isSamePeer(configured, wanted));
    const problems: unknown[] = [];
    for (const peer of gone) await this.#removePeer(peer).catch((error: unknown) => problems.push(error));
    if (this.#closing !== null) return;
    // Dialled first: the peers are set up while the relays answer.
    if (peers.length > 0) this.#relays.dial(relays);
    for (const peer of wanted.values()) await this.#setPeer(peer).catch((error: unknown) => problems.push(error));
    if (this.#closing !== null) return;
    // The other end begins as soon as it sees this one: a handshake that nobody takes costs five seconds.
    this.#relays.configure(relays, new Map(peers.map((peer) => [peer.sessionId, peer.relayToken])));
    if (this.#options.policy === 'direct-preferred') {
      if (this.#peers.size === 0) await this.#direct.close();
      else await this.#direct.open(stunServers);
    }
    this.#tellStatus();
    if (problems.length > 0) throw problems[0];
  }

  async #setPeer(configured: TunnelPeer): Promise<void> {
    const known = this.#peers.get(configured.publicKey);
    if (known === undefined) return this.#addPeer(configured);
    const isUnchanged = isSameList(known.configured.allowedAddresses, configured.allowedAddresses);
    if (!isUnchanged) await this.#setDevicePeer(configured, known.socket);
    known.configured = configured;
  }

  async #addPeer(configured: TunnelPeer): Promise<void> {
    const { publicKey } = configured;
    const socket = await this.#openSocket(publicKey);
    if (!socket.hasFullBuffer && this.#peers.size === 0)
      this.#log('warn', 'The kernel grants small socket buffers; net.core.rmem_max should be 4 MiB or more.', {
        bytes: socket.receiveBufferBytes,
      });
    const { role, policy } = this.#options;
    const mayBeLate = role === 'gateway' && policy === 'direct-preferred';
    const peer = new EnginePeer({
      ...{ role, configured, socket, ownPublicKey: this.#relays.publicKey },
      lateSocket: mayBeLate ? await this.#openSocket(publicKey) : null,
      sendDatagram: (base, remote, datagram) => this.#direct.send(base, remote, datagram),
      sendSignal: (box) => this.#relays.sendSignal(publicKey, box),
      now: performance.now(),
    });
    // Before WireGuard knows the endpoint: its first packet follows at once.
    this.#peers.set(publicKey, peer);
    try {
      await this.#setDevicePeer(configured, socket);
    } catch (error) {
      this.#peers.delete(publicKey);
      peer.closeSockets();
      throw error;
    }
    // What a relay has told before there was this peer.
    this.#step(peer, { type: 'relays', relays: this.#relays.views(publicKey) });
    this.#signalling.offerTo(peer, false);
    this.#schedulePoll();
  }

  #openSocket(publicKey: string): Promise<PeerSocket> {
    return PeerSocket.open({
      wireguardPort: this.#device.listenPort,
      onPackets: (packets) => {
        const peer = this.#peers.get(publicKey);
        if (peer !== undefined) this.#carrier.fromWireguard(peer, packets);
      },
    });
  }

  async #setDevicePeer({ publicKey, presharedKey, allowedAddresses }: TunnelPeer, socket: PeerSocket): Promise<void> {
    const endpoint = { address: socket.address, port: socket.port };
    await this.#device.setPeer({ publicKey, presharedKey, allowedAddresses, endpoint });
  }

  async #removePeer(peer: EnginePeer): Promise<void> {
    this.#peers.delete(peer.configured.publicKey);
    this.#carrier.forget(peer);
    peer.closeSockets();
    await this.#device.removePeer(peer.configured.publicKey);
    await this.#following.leave(peer);
  }

  #frameReceived(publicKey: string, frame: RelayFrame): void {
    const peer = this.#peers.get(publicKey);
    if (peer === undefined) return;
    if (frame.type === 'signal') this.#signalling.received(peer, frame.packets);
    else this.#carrier.fromRelay(peer, frame);
  }

  #stunReceived(datagram: Buffer, base: string, sender: TransportAddress): void {
    for (const peer of this.#peers.values()) {
      const proved = peer.checks.take(datagram, base, sender, performance.now());
      if (proved === null) continue;
      this.#carrier.trust(sender, peer);
      this.#step(peer, proved);
      return;
    }
  }

  #candidatesChanged(): void {
    for (const peer of this.#peers.values()) this.#signalling.offerTo(peer, false);
    this.#scheduleTick();
  }

  #relaysChanged(): void {
    for (const [publicKey, peer] of this.#peers) {
      this.#step(peer, { type: 'relays', relays: this.#relays.views(publicKey) });
      peer.offers.repeat(performance.now());
    }
    if (this.#closing === null && this.#isConnecting()) this.#schedulePoll();
  }

  #step(peer: EnginePeer, input: PathInput): void {
    const { state, outputs } = stepPath(peer.path, input, performance.now());
    const wasTrying = isInTrial(peer.path);
    const wasFollowed = isFollowed(peer.path);
    peer.path = state;
    for (const output of outputs) this.#carryOut(peer, output);
    if (wasFollowed && !isFollowed(peer.path)) void this.#following.leave(peer);
    if (!wasTrying && isInTrial(peer.path) && this.#closing === null) this.#schedulePoll();
  }

  #carryOut(peer: EnginePeer, output: PathOutput): void {
    const { id, publicKey } = peer.configured;
    switch (output.type) {
      case 'use-relay':
        this.#log('info', 'The relay in use has changed.', { peer: id, relay: output.relay });
        if (output.relay !== null) this.#carrier.sendHeld(peer, output.relay);
        break;
      case 'nudge':
        this.#nudge(publicKey);
        break;
      case 'check':
        peer.checks.check(output.pair, output.nominates, output.packetBytes, performance.now());
        break;
      case 'padded-check':
        peer.checks.paddedCheck(output.pair, output.packetBytes, performance.now());
        break;
      case 'offer':
        this.#direct.ask();
        this.#signalling.offerTo(peer, true);
        break;
      case 'prove-relays':
        this.#relays.prove();
        break;
      case 'follow':
        void this.#following.follow(peer, output.pair, output.epoch);
        break;
      case 'path-changed':
        this.#log('info', 'The path has changed.', { peer: id, path: output.path });
        if (peer.path.link.state === 'connected') this.emit('path', this.#statusOf(peer));
        break;
      case 'size-changed':
        this.#limitPackets(peer, output.packetBytes);
        break;
      case 'connected':
        peer.connectedSince = Date.now();
        this.#log('info', 'A peer is connected.', {
          ...{ peer: id, relay: peer.path.relay },
          relayRoundTripMs: this.#relays.roundTrips().get(peer.path.relay ?? '') ?? null,
        });
        this.emit('connected', this.#statusOf(peer));
        break;
      case 'lost':
        peer.connectedSince = null;
        this.#log('warn', 'A peer is lost.', { peer: id, reason: output.reason });
        this.emit('lost', this.#statusOf(peer), output.reason);
        break;
    }
  }

  #nudge(publicKey: string): void {
    this.#device.nudgePeer(publicKey).catch((error: unknown) => {
      if (this.#closing === null) this.#log('warn', 'WireGuard could not be nudged.', { problem: String(error) });
    });
  }

  #limitPackets({ configured: { id, publicKey } }: EnginePeer, packetBytes: number): void {
    this.#log('info', 'The size of the largest packet has changed.', { peer: id, packetBytes });
    this.#device.limitPackets(publicKey, packetBytes).catch((error: unknown) => {
      if (this.#closing === null)
        this.#log('warn', 'The size of packets could not be changed.', { peer: id, problem: String(error) });
    });
  }

  #scheduleTick(): void {
    if (this.#tickTimer !== null) clearTimeout(this.#tickTimer);
    if (this.#closing !== null) return;
    const interval = tickInterval([...this.#peers.values()].map(({ path }) => path));
    this.#tickTimer = setTimeout(() => this.#tick(), interval);
  }

  #tick(): void {
    for (const peer of this.#peers.values()) {
      this.#step(peer, { type: 'traffic', traffic: peer.traffic });
      this.#step(peer, { type: 'tick' });
      this.#signalling.tellReachability(peer);
      peer.offers.repeat(performance.now());
    }
    this.#scheduleTick();
  }

  #schedulePoll(): void {
    if (this.#pollTimer !== null) clearTimeout(this.#pollTimer);
    const interval = pollInterval([...this.#peers.values()].map(({ path }) => path));
    this.#pollTimer = setTimeout(() => void this.#poll(), interval);
  }

  /** Whether a handshake may be done any moment. */
  #isConnecting(): boolean {
    return [...this.#peers.values()].some(({ path }) => isConnecting(path));
  }

  async #poll(): Promise<void> {
    const woke = this.#sleep.hasSlept();
    try {
      if (this.#peers.size > 0) this.#countersRead(await this.#device.readPeers());
      this.#failedPolls = 0;
    } catch (error) {
      this.#failedPolls += 1;
      if (this.#closing === null && this.#failedPolls === FAILED_POLLS)
        this.emit('failed', error instanceof Error ? error : new Error(String(error)));
    }
    if (this.#closing !== null) return;
    if (woke) this.#woke();
    this.#tellStatus();
    if (this.#failedPolls < FAILED_POLLS) this.#schedulePoll();
  }

  #woke(): void {
    for (const peer of this.#peers.values()) this.#step(peer, { type: 'woke' });
    this.#networkChanged();
  }

  #countersRead(all: readonly PeerCounters[]): void {
    for (const counters of all) {
      const peer = this.#peers.get(counters.publicKey);
      if (peer === undefined || this.#closing !== null) continue;
      peer.counters = counters;
      const { latestHandshakeAt, receivedBytes, sentBytes } = counters;
      this.#step(peer, { type: 'traffic', traffic: peer.traffic });
      this.#step(peer, { type: 'counters', latestHandshakeAt, receivedBytes, sentBytes });
      this.#following.adoptLate(peer, counters);
      this.#signalling.tellReading(peer, counters);
    }
  }

  #statusOf(peer: EnginePeer): TunnelPeerStatus {
    return peer.status(this.#signalling.reachability);
  }

  #tellStatus(): void {
    const now = performance.now();
    if (now - this.#toldStatusAt < STATUS_INTERVAL) return;
    const status = this.status();
    const text = JSON.stringify(status);
    if (text === this.#toldStatus) return;
    this.#toldStatus = text;
    this.#toldStatusAt = now;
    this.emit('status', status);
  }
}

/**
 * A peer that changes its name, session or preshared key is another one: nothing goes on under the keys of a handshake
 * without the new secret.
 */
function isSamePeer(peer: TunnelPeer, wanted: ReadonlyMap<string, TunnelPeer>): boolean {
  const other = wanted.get(peer.publicKey);
  if (other === undefined) return false;
  return other.id === peer.id && other.sessionId === peer.sessionId && other.presharedKey === peer.presharedKey;
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}
