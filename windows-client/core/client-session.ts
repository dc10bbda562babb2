/**
 * One session of a technician, from the ticket to its end: the same on every system.
 *
 * The key pair is made here, lives as long as the session and never leaves this process. The tunnel goes on while the
 * cloud is out of reach; it ends when the cloud, the user or the clock says so.
 */
import { EventEmitter } from 'node:events';
import { performance } from 'node:perf_hooks';
import type {
  ClientConfiguration,
  CloudToClient,
  clientInformation,
  PeerStatus,
} from '@edgegateway/protocol/client-api';
import { addressesOf } from '@edgegateway/protocol/released-address';
import { ClientTransport } from '@edgegateway/tunnel/io/client-transport';
import { generateWireguardKeyPair, type WireguardKeyPair } from '@edgegateway/tunnel/keys';
import type { NetworkMonitor } from '@edgegateway/tunnel/network-monitor';
import { type PathPolicy, TunnelEngine, type TunnelLog } from '@edgegateway/tunnel/tunnel-engine';
import type { TunnelConfiguration, TunnelPeerStatus } from '@edgegateway/tunnel/tunnel-peer';
import type { WireguardInterface } from '@edgegateway/tunnel/wireguard-device';
import type { z } from 'zod';
import { ownNetworkClashes, requireFreeWay } from './address-clash.ts';
import type { CloudAddress } from './cloud-address.ts';
import { EventChannel } from './event-channel.ts';
import { EventLog } from './event-log.ts';
import { redeemTicket, requireDistinctAddresses } from './redeem.ts';
import { readSurroundings } from './surroundings.ts';

export interface ClientPlatform {
  readonly information: z.infer<typeof clientInformation>;
  /** Makes the tunnel's interface with this address; its owner is the session, which closes it. */
  createInterface(keys: WireguardKeyPair, address: string): Promise<WireguardInterface>;
  /** Tells of changes of the computer's network, but for those of the tunnel's own interface. */
  createNetworkMonitor(tunnelInterface: string): NetworkMonitor;
}

export interface ClientSessionEvents {
  /** The session's name and the gateways that are to be reached. */
  configured: [configuration: ClientConfiguration];
  /** Before anything is changed on this computer: a plain sentence that the user should know. */
  warning: [sentence: string];
  connected: [gateway: string, path: string];
  /** The packets of a connected gateway go another way now. */
  path: [gateway: string, path: string];
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
  readonly #eventLog = new EventLog();
  readonly #abort = new AbortController();
  #parts: { device: WireguardInterface; engine: TunnelEngine; channel: EventChannel } | null = null;
  #configuration: ClientConfiguration | null = null;
  #expiry = { wall: Number.POSITIVE_INFINITY, monotonic: Number.POSITIVE_INFINITY };
  #expiryTimer: NodeJS.Timeout | null = null;
  #ending: Promise<void> | null = null;
  /** Changes of the configuration are checked and carried out one after the other. */
  #lastChange: Promise<void> = Promise.resolve();
  readonly #warned = new Set<string>();

  constructor(options: ClientSessionOptions) {
    super();
    this.#options = options;
  }

  /**
   * Fulfilled once the tunnel is being built; `connected` tells when a gateway is reached.
   * @throws ClientError; nothing is left behind then
   */
  async open(): Promise<void> {
    const { cloud, ticket, platform, policy, log } = this.#options;
    const body = { ticket, publicKey: this.#keys.publicKey, client: platform.information };
    const configuration = await redeemTicket(cloud, body, this.#abort.signal);
    await this.#checkAddresses(configuration);
    const device = await platform.createInterface(this.#keys, configuration.address);
    const engine = new TunnelEngine({
      ...{ role: 'client', policy, device, log, proxy: cloud.proxy },
      monitor: platform.createNetworkMonitor(device.name),
      openTransport: (onDatagram) => ClientTransport.open([device.name], onDatagram),
      privateKey: this.#keys.privateKey,
      caPem: cloud.caPem,
    });
    const channel = new EventChannel(cloud, configuration.eventToken);
    this.#parts = { device, engine, channel };
    engine.on('status', (peers) => channel.send({ type: 'status', peers: peers.map(peerStatusOf) }));
    engine.on('connected', (peer) => this.#connected(peer));
    engine.on('path', (peer) => this.#pathChanged(peer));
    engine.on('lost', (peer, reason) => this.#lost(peer, reason));
    engine.on('failed', (error) => void this.close(`The tunnel's interface failed: ${error.message}`));
    channel.on('open', () => this.#channelOpened());
    channel.on('message', (message) => this.#message(message));
    channel.on('interrupted', (reason) => this.emit('trouble', reason));
    channel.on('rejected', () => void this.close('The session is over.'));
    this.#expiryTimer = setInterval(() => this.#checkExpiry(), EXPIRY_CHECK_MILLISECONDS);
    await this.#apply(configuration);
    channel.open();
  }

  /** The user leaves: the cloud is told, if it can be reached. */
  async leave(): Promise<void> {
    this.#parts?.channel.send({ type: 'leave' });
    await this.close('You have left the session.');
  }

  /** Takes the tunnel down; may be called again. `reason` is a plain sentence. */
  close(reason: string): Promise<void> {
    this.#ending ??= this.#end(reason);
    return this.#ending;
  }

  async #end(reason: string): Promise<void> {
    this.#abort.abort();
    if (this.#expiryTimer !== null) clearInterval(this.#expiryTimer);
    const parts = this.#parts;
    if (parts !== null) {
      await parts.device.close();
      await parts.engine.close();
      parts.channel.close();
    }
    this.emit('ended', reason);
  }

  async #apply(configuration: ClientConfiguration): Promise<void> {
    const isFirst = this.#configuration === null;
    this.#configuration = configuration;
    this.#expiry = expiryOf(configuration);
    await this.#parts?.engine.configure(tunnelConfigurationOf(configuration));
    if (isFirst) this.emit('configured', configuration);
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
      await this.#checkAddresses(configuration);
    } catch (error) {
      this.emit('trouble', String(error));
      return;
    }
    if (this.#ending !== null) return;
    await this.#apply(configuration).catch((error: unknown) =>
      this.close(`The tunnel cannot be changed: ${String(error)}`),
    );
  }

  /** @throws ClientError address-in-the-way */
  async #checkAddresses(configuration: ClientConfiguration): Promise<void> {
    const { cloud, policy } = this.#options;
    const released = configuration.gateways.flatMap((gateway) => addressesOf(gateway.released, gateway.translations));
    const surroundings = await readSurroundings(cloud, configuration, policy);
    requireFreeWay(released, surroundings);
    for (const sentence of ownNetworkClashes(released, surroundings)) {
      if (!this.#warned.has(sentence)) this.emit('warning', sentence);
      this.#warned.add(sentence);
    }
  }

  #channelOpened(): void {
    this.#eventLog.offerAgain();
    this.#sendEvents();
    const { engine, channel } = this.#parts ?? {};
    if (engine !== undefined) channel?.send({ type: 'status', peers: engine.status().map(peerStatusOf) });
  }

  #sendEvents(): void {
    const channel = this.#parts?.channel;
    if (channel === undefined) return;
    for (;;) {
      const batch = this.#eventLog.nextBatch();
      if (batch === null) return;
      if (!channel.send({ type: 'events', batch })) {
        this.#eventLog.offerAgain();
        return;
      }
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
export function tunnelConfigurationOf(configuration: ClientConfiguration): TunnelConfiguration {
  return {
    relays: configuration.relays,
    stunServers: configuration.stunServers,
    peers: configuration.gateways.map((gateway) => ({
      id: gateway.registrationId,
      sessionId: configuration.session.id,
      publicKey: gateway.publicKey,
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
    relay: peer.relay,
    roundTripMilliseconds: peer.roundTripMs,
    lastHandshakeAt: peer.latestHandshakeAt === null ? null : new Date(peer.latestHandshakeAt).toISOString(),
    receivedBytes: peer.receivedBytes,
    sentBytes: peer.sentBytes,
  };
}
