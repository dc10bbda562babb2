/**
 * One session of a technician, from the ticket to its end: the same on every system.
 *
 * The key pair and the secrets for the gateways are made here, live as long as the session and never leave this process.
 * The tunnel goes on while the cloud is out of reach; it ends when the cloud, the user or the clock says so.
 */
import { EventEmitter } from 'node:events';
import type { Agent } from 'node:https';
import { performance } from 'node:perf_hooks';
import type {
  ClientConfiguration,
  CloudToClient,
  clientInformation,
  PeerStatus,
} from '@edgegateway/protocol/client-api';
import type { RelayReason } from '@edgegateway/protocol/relay-reason';
import { addressesOf } from '@edgegateway/protocol/released-address';
import { ClientTransport } from '@edgegateway/tunnel/io/client-transport';
import { RelayPool } from '@edgegateway/tunnel/io/relay-pool';
import { generateWireguardKeyPair, type WireguardKeyPair } from '@edgegateway/tunnel/keys';
import type { NetworkMonitor } from '@edgegateway/tunnel/network-monitor';
import { presharedKeyOf } from '@edgegateway/tunnel/preshared-key';
import { type PathPolicy, TunnelEngine, type TunnelLog } from '@edgegateway/tunnel/tunnel-engine';
import type { TunnelConfiguration, TunnelPeerStatus } from '@edgegateway/tunnel/tunnel-peer';
import type { WayOut } from '@edgegateway/tunnel/way-out';
import type { WireguardInterface } from '@edgegateway/tunnel/wireguard-device';
import type { z } from 'zod';
import { ownNetworkClashes, requireFreeTunnelAddress, requireFreeWay, tunnelAddressNotice } from './address-clash.ts';
import { type CloudAddress, cloudAgent } from './cloud-address.ts';
import { ClientError } from './errors.ts';
import { EventChannel } from './event-channel.ts';
import { EventLog } from './event-log.ts';
import { GatewaySecrets } from './gateway-secrets.ts';
import { redeemTicket, requireDistinctAddresses } from './redeem.ts';
import { occupiedForTunnel, readSurroundings } from './surroundings.ts';

export interface ClientPlatform {
  readonly information: z.infer<typeof clientInformation>;
  /** Makes the tunnel's interface with this address; its owner is the session, which closes it. */
  createInterface(keys: WireguardKeyPair, address: string): Promise<WireguardInterface>;
  /** Tells of changes of the computer's network, but for those of the tunnel's own interface. */
  createNetworkMonitor(tunnelInterface: string): NetworkMonitor;
  readWayOut(): Promise<WayOut>;
  /** Names of interfaces at which nobody from outside is met, though they have addresses: other VPNs, bridges to virtual machines. */
  readVirtualInterfaces(): Promise<readonly string[]>;
}

export interface ClientSessionEvents {
  /** The session's name and the gateways that are to be reached. */
  configured: [configuration: ClientConfiguration];
  /** Before anything is changed on this computer: a plain sentence that the user should know. */
  warning: [sentence: string];
  connected: [gateway: string, path: string];
  /** The packets of a connected gateway go another way now. */
  path: [gateway: string, path: string];
  /** Why the packets of a connected gateway take a relay, whenever it is another reason. */
  relayed: [gateway: string, reason: RelayReason];
  lost: [gateway: string, reason: string];
  /** The last event. `reason` is a plain sentence. */
  ended: [reason: string];
  /** Something went wrong that mends itself; for the log. */
  trouble: [sentence: string];
}

export interface ClientSessionOptions {
  readonly cloud: CloudAddress;
  readonly ticket: string;
  readonly platform: ClientPlatform;
  readonly policy: PathPolicy;
  readonly log: TunnelLog;
}

/** How often the session looks at the clock: a sleeping computer and a changed clock are noticed within that time. */
const EXPIRY_CHECK_MILLISECONDS = 1000;

export class ClientSession extends EventEmitter<ClientSessionEvents> {
  readonly #options: ClientSessionOptions;
  readonly #keys = generateWireguardKeyPair();
  readonly #secrets = new GatewaySecrets();
  readonly #eventLog = new EventLog();
  readonly #abort = new AbortController();
  /** The event channel takes over the connection of the ticket. */
  readonly #agent: Agent;
  #channel: EventChannel | null = null;
  #relays: RelayPool | null = null;
  #tunnel: { device: WireguardInterface; engine: TunnelEngine } | null = null;
  #configuration: ClientConfiguration | null = null;
  #expiry = { wall: Number.POSITIVE_INFINITY, monotonic: Number.POSITIVE_INFINITY };
  #expiryTimer: NodeJS.Timeout | null = null;
  #ending: Promise<void> | null = null;
  /** Changes of the configuration are checked and carried out one after the other. */
  #lastChange: Promise<void> = Promise.resolve();
  readonly #warned = new Set<string>();
  /** By registration id. */
  readonly #relayReasons = new Map<string, RelayReason | null>();

  constructor(options: ClientSessionOptions) {
    super();
    this.#options = options;
    this.#agent = cloudAgent(options.cloud);
  }

  /**
   * Fulfilled once the tunnel is being built, or the session has ended before; `connected` tells when a gateway is reached.
   * @throws ClientError; nothing is left behind then
   */
  async open(): Promise<void> {
    const { cloud, ticket, platform } = this.#options;
    const occupied = occupiedForTunnel(await platform.readWayOut());
    const body = { ticket, publicKey: this.#keys.publicKey, client: platform.information, occupied };
    const configuration = await redeemTicket(cloud, this.#agent, body, this.#abort.signal);
    try {
      await this.#begin(configuration);
    } catch (error) {
      // Its gateways may have been told of it already.
      this.#channel?.send({ type: 'leave' });
      await this.#takeDown();
      throw error;
    }
  }

  async #begin(configuration: ClientConfiguration): Promise<void> {
    const { cloud, platform, policy, log } = this.#options;
    this.#secrets.makeFor(configuration.gateways);
    this.#take(configuration);
    this.#expiryTimer = setInterval(() => this.#checkExpiry(), EXPIRY_CHECK_MILLISECONDS);
    // First of all: a gateway is told of the session, and needs its time for it, once its key has gone this way.
    this.#openChannel(configuration.eventToken);
    await this.#check(configuration);
    if (this.#ending !== null) return;
    const relays = new RelayPool({ privateKey: this.#keys.privateKey, caPem: cloud.caPem, proxy: cloud.proxy, log });
    this.#relays = relays;
    // They answer while the interface is made.
    relays.dial(configuration.relays);
    const device = await platform.createInterface(this.#keys, configuration.address);
    if (this.#ending !== null) {
      await device.close();
      return;
    }
    const engine = new TunnelEngine({
      ...{ role: 'client', policy, device, log, relays },
      monitor: platform.createNetworkMonitor(device.name),
      openTransport: (onDatagram) =>
        ClientTransport.open({ own: device.name, readVirtual: () => platform.readVirtualInterfaces() }, onDatagram),
    });
    this.#tunnel = { device, engine };
    engine.on('status', (peers) => this.#statusRead(peers));
    engine.on('connected', (peer) => this.#connected(peer));
    engine.on('path', (peer) => this.#pathChanged(peer));
    engine.on('lost', (peer, reason) => this.#lost(peer, reason));
    engine.on('network', () => this.#networkChanged());
    engine.on('failed', (error) => void this.close(`The tunnel's interface failed: ${error.message}`));
    await this.#configureTunnel();
    if (this.#ending === null) this.emit('configured', configuration);
  }

  /** The user leaves: the cloud is told, if it can be reached. */
  async leave(): Promise<void> {
    this.#channel?.send({ type: 'leave' });
    await this.close('You have left the session.');
  }

  /** Takes the tunnel down; may be called again. `reason` is a plain sentence. */
  close(reason: string): Promise<void> {
    this.#ending ??= this.#end(reason);
    return this.#ending;
  }

  async #end(reason: string): Promise<void> {
    await this.#takeDown();
    this.emit('ended', reason);
  }

  async #takeDown(): Promise<void> {
    this.#abort.abort();
    if (this.#expiryTimer !== null) clearInterval(this.#expiryTimer);
    await this.#tunnel?.device.close();
    await this.#tunnel?.engine.close();
    this.#relays?.close();
    this.#channel?.close();
    this.#agent.destroy();
  }

  #openChannel(eventToken: string): void {
    const channel = new EventChannel(this.#options.cloud, this.#agent, eventToken);
    this.#channel = channel;
    channel.on('open', () => this.#channelOpened());
    channel.on('message', (message) => this.#message(message));
    channel.on('interrupted', (reason) => this.emit('trouble', reason));
    channel.on('rejected', () => void this.close('The session is over.'));
    channel.open();
  }

  #take(configuration: ClientConfiguration): void {
    this.#configuration = configuration;
    this.#expiry = expiryOf(configuration);
  }

  /** To the newest configuration; one that comes before there is a tunnel is the first of it. */
  async #configureTunnel(): Promise<void> {
    if (this.#configuration === null) return;
    const wanted = tunnelConfigurationOf(this.#configuration, this.#keys.publicKey, this.#secrets);
    await this.#tunnel?.engine.configure(wanted);
  }

  #message(message: CloudToClient): void {
    switch (message.type) {
      case 'configuration':
        this.#reconfigure(message.configuration);
        return;
      case 'ended':
        void this.close(message.reason);
        return;
      case 'acknowledged':
        this.#eventLog.acknowledge(message.log, message.sequence);
        return;
    }
  }

  #reconfigure(configuration: ClientConfiguration): void {
    this.#lastChange = this.#lastChange.then(() => this.#change(configuration));
  }

  async #change(configuration: ClientConfiguration): Promise<void> {
    if (JSON.stringify(configuration) === JSON.stringify(this.#configuration)) return;
    try {
      requireDistinctAddresses(configuration);
      this.#secrets.makeFor(configuration.gateways);
      await this.#check(configuration);
    } catch (error) {
      this.emit('trouble', String(error));
      return;
    }
    if (this.#ending !== null) return;
    this.#take(configuration);
    this.#sendKeys();
    await this.#configureTunnel().catch((error: unknown) =>
      this.close(`The tunnel cannot be changed: ${String(error)}`),
    );
  }

  #networkChanged(): void {
    this.#lastChange = this.#lastChange.then(() => this.#checkAgain());
  }

  /** Another network may need, for its own way out, what the tunnel has taken. */
  async #checkAgain(): Promise<void> {
    if (this.#configuration === null || this.#ending !== null) return;
    try {
      await this.#check(this.#configuration);
    } catch (error) {
      if (!(error instanceof ClientError)) this.emit('trouble', String(error));
      else await this.close(`The network around this computer has changed. ${error.message}`);
    }
  }

  /** @throws ClientError tunnel-address-taken, address-in-the-way */
  async #check(configuration: ClientConfiguration): Promise<void> {
    const { cloud, policy, platform } = this.#options;
    const released = configuration.gateways.flatMap((gateway) => addressesOf(gateway.released, gateway.translations));
    const surroundings = await readSurroundings(cloud, configuration, policy, await platform.readWayOut());
    requireFreeTunnelAddress(configuration.address, surroundings);
    requireFreeWay(released, surroundings);
    const notice = tunnelAddressNotice(configuration.address, surroundings);
    for (const sentence of [...(notice === null ? [] : [notice]), ...ownNetworkClashes(released, surroundings)]) {
      if (!this.#warned.has(sentence)) this.emit('warning', sentence);
      this.#warned.add(sentence);
    }
  }

  #channelOpened(): void {
    this.#sendKeys();
    this.#eventLog.offerAgain();
    this.#sendEvents();
    const engine = this.#tunnel?.engine;
    if (engine !== undefined) this.#channel?.send({ type: 'status', peers: engine.status().map(peerStatusOf) });
  }

  /** Again with every change and every opening: the cloud may not have stored what it was sent before. */
  #sendKeys(): void {
    const gateways = this.#configuration?.gateways ?? [];
    const keys = gateways.map((gateway) => ({
      registrationId: gateway.registrationId,
      encapsulationKey: gateway.encapsulationKey,
      encapsulatedKey: this.#secrets.of(gateway).encapsulatedKey,
    }));
    this.#channel?.send({ type: 'encapsulated-keys', keys });
  }

  #sendEvents(): void {
    const channel = this.#channel;
    if (channel === null) return;
    for (;;) {
      const batch = this.#eventLog.nextBatch();
      if (batch === null) return;
      if (!channel.send({ type: 'events', batch })) {
        this.#eventLog.offerAgain();
        return;
      }
    }
  }

  #statusRead(peers: readonly TunnelPeerStatus[]): void {
    this.#channel?.send({ type: 'status', peers: peers.map(peerStatusOf) });
    for (const { id, relayReason } of peers) {
      if (relayReason !== null && relayReason !== this.#relayReasons.get(id))
        this.emit('relayed', this.#nameOf(id), relayReason);
      this.#relayReasons.set(id, relayReason);
    }
  }

  #connected(peer: TunnelPeerStatus): void {
    const sessionId = this.#configuration?.session.id;
    const path = peer.path ?? 'relay';
    if (sessionId !== undefined) this.#eventLog.append({ kind: 'tunnel-connected', sessionId, path });
    this.#sendEvents();
    this.emit('connected', this.#nameOf(peer.id), path);
  }

  #pathChanged(peer: TunnelPeerStatus): void {
    const sessionId = this.#configuration?.session.id;
    const path = peer.path ?? 'relay';
    if (sessionId !== undefined) this.#eventLog.append({ kind: 'path-changed', sessionId, path });
    this.#sendEvents();
    this.emit('path', this.#nameOf(peer.id), path);
  }

  #lost(peer: TunnelPeerStatus, reason: string): void {
    const sessionId = this.#configuration?.session.id;
    if (sessionId !== undefined)
      this.#eventLog.append({ kind: 'tunnel-lost', sessionId, reason: reason.slice(0, 200) });
    this.#sendEvents();
    this.emit('lost', this.#nameOf(peer.id), reason);
  }

  #nameOf(registrationId: string): string {
    const gateways = this.#configuration?.gateways ?? [];
    return gateways.find((gateway) => gateway.registrationId === registrationId)?.name ?? registrationId;
  }

  #checkExpiry(): void {
    if (Date.now() >= this.#expiry.wall || performance.now() >= this.#expiry.monotonic) {
      void this.close('The time of the session is over.');
    }
  }
}

/** By the wall clock and by the time that passes, whichever is over first: setting the clock back gains nothing. */
function expiryOf(configuration: ClientConfiguration): { readonly wall: number; readonly monotonic: number } {
  const wall = Date.parse(configuration.session.expiresAt);
  return { wall, monotonic: performance.now() + wall - Date.now() };
}

/** Only released addresses go into the tunnel; everything else stays on the computer's own network (T7). */
export function tunnelConfigurationOf(
  configuration: ClientConfiguration,
  clientPublicKey: string,
  secrets: GatewaySecrets,
): TunnelConfiguration {
  const sessionId = configuration.session.id;
  return {
    relays: configuration.relays,
    stunServers: configuration.stunServers,
    peers: configuration.gateways.map((gateway) => ({
      id: gateway.registrationId,
      sessionId,
      publicKey: gateway.publicKey,
      presharedKey: presharedKeyOf(secrets.of(gateway).secret, {
        ...{ sessionId, clientPublicKey },
        gatewayPublicKey: gateway.publicKey,
      }),
      allowedAddresses: addressesOf(gateway.released, gateway.translations),
      relayToken: configuration.relayToken,
      signallingSecret: gateway.signallingSecret,
    })),
  };
}

export function peerStatusOf(peer: TunnelPeerStatus): PeerStatus {
  return {
    registrationId: peer.id,
    state: peer.state,
    path: peer.path,
    relayReason: peer.relayReason,
    relay: peer.relay,
    roundTripMilliseconds: peer.roundTripMs,
    mtu: peer.mtu,
    lastHandshakeAt: peer.latestHandshakeAt === null ? null : new Date(peer.latestHandshakeAt).toISOString(),
    receivedBytes: peer.receivedBytes,
    sentBytes: peer.sentBytes,
  };
}
