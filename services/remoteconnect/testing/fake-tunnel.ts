import { EventEmitter } from 'node:events';
import { RelayPool } from '@edgegateway/tunnel/io/relay-pool';
import type { FlowReading, WhitelistSession } from '@edgegateway/tunnel/linux/whitelist';
import type { TunnelConfiguration, TunnelEngineEvents, TunnelPeerStatus } from '@edgegateway/tunnel/tunnel-peer';
import type { WireguardInterface } from '@edgegateway/tunnel/wireguard-device';
import { pause } from '../../timing.ts';
import type { SessionEngine, TunnelParts } from '../sessions/tunnel-runner.ts';
import { key } from './desired.ts';

/** Milliseconds: longer than the cloud takes to hear of a stop. */
const MACHINES_PATIENCE = 5000;

class FakeEngine extends EventEmitter<TunnelEngineEvents> implements SessionEngine {
  readonly #tunnel: FakeTunnel;
  readonly #relays: RelayPool;

  constructor(tunnel: FakeTunnel, relays: RelayPool) {
    super();
    this.#tunnel = tunnel;
    this.#relays = relays;
  }

  configure(configuration: TunnelConfiguration): Promise<void> {
    this.#tunnel.steps.push('peers');
    this.#tunnel.configuration = configuration;
    return Promise.resolve();
  }

  status(): readonly TunnelPeerStatus[] {
    return this.#tunnel.peers;
  }

  close(): Promise<void> {
    this.#tunnel.steps.push('engine closed');
    this.#relays.close();
    return Promise.resolve();
  }
}

/** Relays that nobody has dialled. */
class FakeRelays extends RelayPool {
  readonly #steps: string[];

  constructor(steps: string[]) {
    super({ privateKey: key(9), caPem: null, proxy: null, log: () => undefined });
    this.#steps = steps;
  }

  override close(): void {
    this.#steps.push('relays left');
    super.close();
  }
}

/** Whitelist, interface and engine in memory; `steps` keeps the order of what was done to them. */
export class FakeTunnel {
  readonly steps: string[] = [];
  configuration: TunnelConfiguration | null = null;
  peers: TunnelPeerStatus[] = [];
  flows: FlowReading = { active: [], opened: [], refused: [] };
  whitelisted: readonly WhitelistSession[] | null = null;
  hasInterface = false;
  /** Thrown by the next attempts to make an interface. */
  readonly failures: Error[] = [];
  engine: FakeEngine | null = null;

  readonly parts: TunnelParts = {
    whitelist: {
      apply: (sessions) => {
        this.steps.push('whitelist');
        this.whitelisted = sessions;
        return Promise.resolve();
      },
      readFlows: () => {
        const reading = this.flows;
        this.flows = { ...reading, opened: [], refused: [] };
        return Promise.resolve(reading);
      },
      close: () => {
        this.steps.push('whitelist removed');
        this.whitelisted = null;
        return Promise.resolve();
      },
      flowsEnded: async () => {
        await pause(MACHINES_PATIENCE, new AbortController().signal);
        this.steps.push('machines told');
      },
    },
    createInterface: () => {
      const failure = this.failures.shift();
      if (failure !== undefined) return Promise.reject(failure);
      this.steps.push('interface');
      this.hasInterface = true;
      return Promise.resolve(this.#device());
    },
    dialRelays: () => {
      this.steps.push('relays dialled');
      return Promise.resolve(new FakeRelays(this.steps));
    },
    createEngine: (_device, relays) => {
      this.engine = new FakeEngine(this, relays);
      return this.engine;
    },
  };

  /** WireGuard shakes hands with this session's client over the relay. */
  connect(sessionId: string, publicKey: string): void {
    const peer: TunnelPeerStatus = {
      id: sessionId,
      publicKey,
      state: 'connected',
      path: 'relay',
      relayReason: null,
      relay: 'relay0.w-eu',
      roundTripMs: null,
      mtu: 1280,
      connectedSince: Date.parse('2026-06-01T08:00:00.000Z'),
      latestHandshakeAt: Date.parse('2026-06-01T08:00:00.000Z'),
      receivedBytes: 10,
      sentBytes: 20,
    };
    this.peers = [peer];
    this.engine?.emit('connected', peer);
    this.engine?.emit('status', this.peers);
  }

  /** The connected peers go over to this path. */
  changePath(path: 'relay' | 'direct'): void {
    this.peers = this.peers.map((peer) => ({ ...peer, path }));
    for (const peer of this.peers) this.engine?.emit('path', peer);
    this.engine?.emit('status', this.peers);
  }

  #device(): WireguardInterface {
    return {
      name: 'rc0',
      listenPort: 51820,
      setPeer: () => Promise.resolve(),
      removePeer: () => Promise.resolve(),
      limitPackets: () => Promise.resolve(),
      nudgePeer: () => Promise.resolve(),
      readPeers: () => Promise.resolve([]),
      close: () => {
        if (this.hasInterface) this.steps.push('interface removed');
        this.hasInterface = false;
        return Promise.resolve();
      },
    };
  }
}
