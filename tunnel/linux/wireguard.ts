/**
 * WireGuard interfaces on Linux: the kernel's module, or wireguard-go where the kernel has none.
 * Configured by wg(8); private and preshared keys go through standard input only.
 */
import { PACKET_BYTES } from '../path/path-size.ts';
import type { PeerCounters, ResetConnections, WireguardInterface, WireguardPeer } from '../wireguard-device.ts';
import {
  addInterface,
  bringUp,
  type InterfaceSettings,
  removeInterface,
  setHostRoutes,
} from './addresses-and-routes.ts';
import { type CommandOptions, runCommand } from './run-command.ts';
import { parseWireguardDump } from './wireguard-dump.ts';
import { startWireguardGo } from './wireguard-go.ts';

export type { PeerCounters, WireguardInterface, WireguardPeer } from '../wireguard-device.ts';

/** Keeps NAT mappings, proxies and handshakes alive (wg(8): a sensible interval that works with most firewalls). */
export const PERSISTENT_KEEPALIVE_SECONDS = 25;

/** Fits most paths the tunnel may take, IPv6 and PPPoE included; for a narrower one a peer's routes say less. */
export const TUNNEL_MTU = PACKET_BYTES.full;

export interface WireguardInterfaceOptions {
  /** At most 15 characters. An interface of that name is a leftover and is removed first. */
  readonly name: string;
  /** Never chosen silently: a gateway whose module is missing must say so, not slow down. */
  readonly implementation: 'kernel' | 'wireguard-go';
  /** Base64. */
  readonly privateKey: string;
  /** The interface's own IPv4 addresses, each set as /32. */
  readonly addresses: readonly string[];
  /** 0 or none: a free port. */
  readonly listenPort?: number;
  readonly mtu?: number;
  /** Where programs of this computer use the tunnel: for the hosts that lose their way into it. Must not reject. */
  readonly resetConnections?: ResetConnections;
}

/**
 * @throws CommandError when a program is missing, fails or lacks the right (CAP_NET_ADMIN); nothing is left behind then
 */
export async function createWireguardInterface(options: WireguardInterfaceOptions): Promise<WireguardInterface> {
  const { name, implementation } = options;
  const settings: InterfaceSettings = { addresses: options.addresses, mtu: options.mtu ?? TUNNEL_MTU };
  await removeInterface(name);
  const stop = implementation === 'kernel' ? await addKernelInterface(name, settings) : await startWireguardGo(name);
  try {
    await allDone([
      runCommand('wg', ['set', name, 'private-key', '/dev/stdin', 'listen-port', String(options.listenPort ?? 0)], {
        input: `${options.privateKey}\n`,
      }),
      implementation === 'kernel' ? undefined : bringUp(name, settings),
    ]);
    const { listenPort } = parseWireguardDump(await runCommand('wg', ['show', name, 'dump']));
    const { resetConnections = leaveConnections } = options;
    return new LinuxWireguardInterface({ name, listenPort, mtu: settings.mtu, resetConnections, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

async function addKernelInterface(name: string, settings: InterfaceSettings): Promise<() => Promise<void>> {
  await addInterface(name, 'wireguard', settings);
  return () => removeInterface(name);
}

/** Where the tunnel's connections are those of others. */
function leaveConnections(): Promise<void> {
  return Promise.resolve();
}

/** As Promise.all, but nothing goes on behind the back of whoever sees the first failure. */
async function allDone(work: readonly unknown[]): Promise<void> {
  const failure = (await Promise.allSettled(work)).find((ended) => ended.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

class LinuxWireguardInterface implements WireguardInterface {
  readonly name: string;
  readonly listenPort: number;
  readonly #mtu: number;
  readonly #stop: () => Promise<void>;
  readonly #resetConnections: ResetConnections;
  readonly #limitByPeer = new Map<string, number>();
  readonly #hostsByPeer = new Map<string, readonly string[]>();
  #closing: Promise<void> | null = null;
  #hasRoutes = false;
  /** Limits that change while a change of the routes waits for its turn are made by that one. */
  #routesDue: Promise<void> | null = null;
  /** Changes run one after the other: each compares the routes with what the one before left. */
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(parts: {
    readonly name: string;
    readonly listenPort: number;
    readonly mtu: number;
    readonly resetConnections: ResetConnections;
    readonly stop: () => Promise<void>;
  }) {
    this.name = parts.name;
    this.listenPort = parts.listenPort;
    this.#mtu = parts.mtu;
    this.#resetConnections = parts.resetConnections;
    this.#stop = parts.stop;
  }

  setPeer(peer: WireguardPeer): Promise<void> {
    return this.#change(async () => {
      const { address, port } = peer.endpoint;
      const isKnown = this.#hostsByPeer.has(peer.publicKey);
      await this.#letGo(peer.publicKey, peer.allowedAddresses);
      const settings = [
        ...['preshared-key', '/dev/stdin'],
        ...(isKnown ? [] : ['endpoint', `${address}:${port}`]),
        ...['persistent-keepalive', String(PERSISTENT_KEEPALIVE_SECONDS)],
        ...['allowed-ips', peer.allowedAddresses.map((host) => `${host}/32`).join(',')],
      ];
      await this.#set(peer.publicKey, settings, { input: `${peer.presharedKey}\n` });
      this.#hostsByPeer.set(peer.publicKey, peer.allowedAddresses);
      await this.#setRoutes();
    });
  }

  removePeer(publicKey: string): Promise<void> {
    return this.#change(async () => {
      await this.#letGo(publicKey, []);
      await this.#set(publicKey, ['remove']);
      this.#hostsByPeer.delete(publicKey);
      this.#limitByPeer.delete(publicKey);
      await this.#setRoutes();
    });
  }

  limitPackets(publicKey: string, bytes: number): Promise<void> {
    if (!this.#hostsByPeer.has(publicKey)) return Promise.resolve();
    this.#limitByPeer.set(publicKey, bytes);
    this.#routesDue ??= this.#change(async () => {
      this.#routesDue = null;
      await this.#setRoutes();
    });
    return this.#routesDue;
  }

  /** WireGuard sends at once when the keep-alive goes from off to on. */
  nudgePeer(publicKey: string): Promise<void> {
    return this.#change(async () => {
      if (!this.#hostsByPeer.has(publicKey)) return;
      const on = ['persistent-keepalive', String(PERSISTENT_KEEPALIVE_SECONDS)];
      await this.#set(publicKey, ['persistent-keepalive', 'off', 'peer', publicKey, ...on]);
    });
  }

  async readPeers(): Promise<PeerCounters[]> {
    return parseWireguardDump(await runCommand('wg', ['show', this.name, 'dump'])).peers;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#resetConnections([...this.#hostsByPeer.values()].flat());
    await this.#stop();
  }

  /** The peer's hosts but for these: before its keys go, so that machines hear of it through the tunnel. */
  async #letGo(publicKey: string, kept: readonly string[]): Promise<void> {
    const hosts = this.#hostsByPeer.get(publicKey) ?? [];
    await this.#resetConnections(hosts.filter((host) => !kept.includes(host)));
  }

  async #set(publicKey: string, settings: readonly string[], options?: CommandOptions): Promise<void> {
    await runCommand('wg', ['set', this.name, 'peer', publicKey, ...settings], options);
  }

  async #setRoutes(): Promise<void> {
    const isNew = !this.#hasRoutes;
    this.#hasRoutes = true;
    const routes = [...this.#hostsByPeer].flatMap(([publicKey, hosts]) => {
      const limit = this.#limitByPeer.get(publicKey) ?? this.#mtu;
      return hosts.map((host) => [host, limit < this.#mtu ? limit : null] as const);
    });
    await setHostRoutes(this.name, new Map(routes), isNew);
  }

  #change(work: () => Promise<void>): Promise<void> {
    const change = this.#lastChange.then(work);
    this.#lastChange = change.catch(() => undefined);
    return change;
  }
}
