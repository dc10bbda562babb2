/**
 * Carries out the plan: whitelist, WireGuard interface, tunnel engine, always in this order, one plan after the other.
 *
 * INVARIANTS
 * - The whitelist stands before the interface and goes after it (T6).
 * - Without a running session there is no interface, so nothing listens.
 * - What cannot be set up is taken down, told, and tried again; it never runs in part.
 */
import type { EventEmitter } from 'node:events';
import type { RelayEndpoint } from '@edgegateway/protocol/network-endpoints';
import type { RelayPool } from '@edgegateway/tunnel/io/relay-pool';
import type { FlowReading, WhitelistSession } from '@edgegateway/tunnel/linux/whitelist';
import type { TunnelConfiguration, TunnelEngineEvents, TunnelPeerStatus } from '@edgegateway/tunnel/tunnel-peer';
import type { WireguardInterface } from '@edgegateway/tunnel/wireguard-device';
import { Doorbell } from '../../doorbell.ts';
import { sentenceOf } from '../../errors.ts';
import { backoffDelay } from '../../timing.ts';
import type { ServiceLog } from '../log.ts';
import type { RunningSession, SessionPlan } from './session-table.ts';

/** The part of TunnelEngine that is used here. */
export interface SessionEngine extends EventEmitter<TunnelEngineEvents> {
  configure(configuration: TunnelConfiguration): Promise<void>;
  status(): readonly TunnelPeerStatus[];
  close(): Promise<void>;
}

/** The part of Whitelist that is used here. */
export interface SessionWhitelist {
  apply(sessions: readonly WhitelistSession[]): Promise<void>;
  readFlows(): Promise<FlowReading>;
  close(): Promise<void>;
  flowsEnded(): Promise<void>;
}

export interface TunnelParts {
  readonly whitelist: SessionWhitelist;
  createInterface(tunnelAddress: string): Promise<WireguardInterface>;
  /** Connects to them, and opens no session there. */
  dialRelays(relays: readonly RelayEndpoint[]): Promise<RelayPool>;
  /** The engine closes the relays. */
  createEngine(device: WireguardInterface, relays: RelayPool): SessionEngine;
}

export interface TunnelRunnerOptions {
  readonly parts: TunnelParts;
  readonly log: ServiceLog;
  /** Opens what the session's client has encapsulated for this gateway. */
  readonly presharedKeyOf: (session: RunningSession) => string;
  readonly onStatus: (peers: readonly TunnelPeerStatus[]) => void;
  readonly onConnected: (peer: TunnelPeerStatus) => void;
  /** A connected peer has gone over to `peer.path`. */
  readonly onPath: (peer: TunnelPeerStatus) => void;
  readonly onLost: (peer: TunnelPeerStatus, reason: string) => void;
  /** A plain sentence while no tunnel can be had; null once it can again. */
  readonly onProblem: (problem: string | null) => void;
}

interface Tunnel {
  readonly tunnelAddress: string;
  readonly device: WireguardInterface;
  readonly engine: SessionEngine;
}

const RETRY = { firstMilliseconds: 1000, capMilliseconds: 30_000 };

export class TunnelRunner {
  readonly #options: TunnelRunnerOptions;
  readonly #changed = new Doorbell();
  readonly #waiting = new Set<() => void>();
  #plan: SessionPlan = { network: null, sessions: [] };
  #tunnel: Tunnel | null = null;
  /** For the tunnel that is being made. */
  #dialled: RelayPool | null = null;
  #engineFailure: Error | null = null;
  #closed = false;
  #atWork: Promise<unknown> = Promise.resolve();
  #reading: Promise<unknown> = Promise.resolve();

  constructor(options: TunnelRunnerOptions) {
    this.#options = options;
  }

  /** Fulfilled when this plan, or a later one, is carried out or has failed. */
  carryOut(plan: SessionPlan): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#plan = plan;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    this.#changed.ring();
    return promise;
  }

  /** Fulfilled once `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    try {
      for (;;) {
        if (failures === 0) await this.#changed.wait(signal);
        else await this.#changed.waitAtMost(backoffDelay(failures, RETRY), signal);
        const step = this.#step(failures > 0);
        this.#atWork = step;
        failures = (await step) ? 0 : failures + 1;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Null while there is no tunnel, and so nothing to read. */
  async readFlows(): Promise<FlowReading | null> {
    if (this.#tunnel === null || this.#closed) return null;
    const reading = this.#options.parts.whitelist.readFlows();
    this.#reading = reading;
    return reading;
  }

  /**
   * Everything goes: first the interface with its peers, so that no packet passes from then on, then the table, then
   * what the engine has. Work that is under way is waited for, so that it leaves nothing behind.
   */
  async close(): Promise<void> {
    this.#closed = true;
    this.#hangUp();
    await this.#tunnel?.device.close();
    await Promise.allSettled([this.#atWork, this.#reading]);
    this.#hangUp();
    const tunnel = this.#tunnel;
    this.#tunnel = null;
    await tunnel?.device.close();
    await this.#options.parts.whitelist.close();
    await tunnel?.engine.close();
    for (const done of this.#waiting) done();
    this.#waiting.clear();
  }

  /** Fulfilled, within seconds, when machines keep no connections of sessions that have ended. */
  flowsEnded(): Promise<void> {
    return this.#options.parts.whitelist.flowsEnded();
  }

  /** True when the plan stands. */
  async #step(isRetry: boolean): Promise<boolean> {
    const waiting = [...this.#waiting];
    try {
      if (this.#engineFailure !== null) {
        this.#options.log.error({ problem: this.#engineFailure.message }, 'the tunnel failed and is set up anew');
        this.#engineFailure = null;
        await this.#takeDown();
      }
      await this.#apply(this.#plan);
      if (isRetry) this.#options.log.info({}, 'the tunnel is set up again');
      this.#options.onProblem(null);
      return true;
    } catch (error) {
      if (this.#closed) return true;
      this.#options.log.error({ problem: sentenceOf(error) }, 'the tunnel could not be set up');
      this.#options.onProblem(
        `The tunnel could not be set up (${sentenceOf(error)}). The gateway tries again by itself.`,
      );
      await this.#takeDown().catch((cause: unknown) => {
        this.#options.log.error({ problem: sentenceOf(cause) }, 'the tunnel could not be taken down');
      });
      return false;
    } finally {
      for (const done of waiting) {
        this.#waiting.delete(done);
        done();
      }
    }
  }

  async #apply(plan: SessionPlan): Promise<void> {
    const { network, sessions } = plan;
    const { whitelist } = this.#options.parts;
    if (this.#closed) return;
    if (network === null || sessions.length === 0) {
      await this.#takeDown();
      await whitelist.apply([]);
      return;
    }
    // They answer while the rest is made.
    if (this.#tunnel === null) await this.#dial(network.relays);
    await whitelist.apply(
      sessions.map(({ sessionId, clientAddress, released, translations }) => ({
        ...{ sessionId, clientAddress, released },
        ...(translations === undefined ? {} : { translations }),
      })),
    );
    if (this.#tunnel !== null && this.#tunnel.tunnelAddress !== network.tunnelAddress) await this.#takeDown();
    const { engine } = this.#tunnel ?? (await this.#setUp(network));
    await engine.configure({
      relays: network.relays,
      stunServers: network.stunServers,
      peers: sessions.map((session) => ({
        id: session.sessionId,
        sessionId: session.sessionId,
        publicKey: session.clientPublicKey,
        presharedKey: this.#options.presharedKeyOf(session),
        allowedAddresses: [session.clientAddress],
        relayToken: session.relayToken,
        signallingSecret: session.signallingSecret,
      })),
    });
    this.#options.onStatus(engine.status());
  }

  async #setUp({ tunnelAddress, relays }: NonNullable<SessionPlan['network']>): Promise<Tunnel> {
    const { parts, onStatus, onConnected, onPath, onLost } = this.#options;
    const dialled = await this.#dial(relays);
    const device = await parts.createInterface(tunnelAddress);
    try {
      // Switched off while the interface was being made.
      if (this.#closed) throw new Error('the service stops');
      const engine = parts.createEngine(device, dialled);
      this.#dialled = null;
      const tunnel = { tunnelAddress, device, engine };
      engine.on('status', onStatus);
      engine.on('connected', onConnected);
      engine.on('path', onPath);
      engine.on('lost', onLost);
      engine.on('failed', (error) => {
        if (this.#tunnel !== tunnel) return;
        this.#engineFailure = error;
        this.#changed.ring();
      });
      this.#tunnel = tunnel;
      return tunnel;
    } catch (error) {
      await device.close();
      throw error;
    }
  }

  async #dial(relays: readonly RelayEndpoint[]): Promise<RelayPool> {
    this.#dialled ??= await this.#options.parts.dialRelays(relays);
    return this.#dialled;
  }

  #hangUp(): void {
    this.#dialled?.close();
    this.#dialled = null;
  }

  async #takeDown(): Promise<void> {
    this.#hangUp();
    const tunnel = this.#tunnel;
    this.#tunnel = null;
    if (tunnel === null) return;
    await tunnel.device.close();
    await tunnel.engine.close();
    this.#options.onStatus([]);
  }
}
