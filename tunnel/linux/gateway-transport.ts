/**
 * The gateway's direct path: kernel WireGuard has its port for itself, and STUN shares it (shared-port-ruleset.ts).
 * One socket for each local address, because an answer must leave from the address that was asked.
 *
 * The rules are tested again and again by a message to this gateway itself: a ruleset that somebody flushed is put
 * back.
 */
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { STUN_BINDING } from '@edgegateway/protocol/stun/header';
import { encodeStunMessage } from '@edgegateway/protocol/stun/message';
import type { DatagramListener, DirectTransport, TransportBase } from '../io/direct-transport.ts';
import { usableAddresses } from '../io/local-addresses.ts';
import { isIpv6, type TransportAddress } from '../path/candidate.ts';
import type { TunnelLog } from '../tunnel-log.ts';
import { OpenHole } from './gateway-firewall.ts';
import { listTable, removeTable, replaceRuleset } from './nftables.ts';
import { disguiseCommands, SHARED_PORT_TABLE, sharedPortRuleset } from './shared-port-ruleset.ts';
import { readVirtualInterfaces } from './virtual-interfaces.ts';

export interface GatewayTransportOptions {
  readonly wireguardPort: number;
  /** Names of interfaces at which the other end is not to be met: the tunnel's own and the plant's. */
  readonly excluded: readonly string[];
  /**
   * wireguard-go sends from the interface at which it received: for it, late packets stay what they are. It goes back to
   * the relay for them, and forward with the next direct packet.
   */
  readonly implementation: 'kernel' | 'wireguard-go';
  readonly onDatagram: DatagramListener;
  readonly log: TunnelLog;
}

/** Milliseconds. */
const SELF_TEST_INTERVAL = 2000;
const SELF_TEST_PATIENCE = 1000;

export class GatewayTransport implements DirectTransport {
  readonly #options: GatewayTransportOptions;
  readonly #stunPort: number;
  /** Keeps the port while there is no address; never used. */
  readonly #placeholder: Socket;
  readonly #sockets = new Map<string, Socket>();
  readonly #disguises = new Map<number, TransportAddress>();
  #hole: OpenHole | null = null;
  #bases: readonly TransportBase[] = [];
  #lastTurn: Promise<unknown> = Promise.resolve();
  #selfTestTimer: NodeJS.Timeout | null = null;
  #awaited: { readonly id: string; readonly sentAt: number } | null = null;
  #closed = false;

  /**
   * @throws CommandError when the rules cannot be made; nothing is left behind then
   */
  static async open(options: GatewayTransportOptions): Promise<GatewayTransport> {
    const placeholder = createSocket('udp4');
    placeholder.bind(0, '127.0.0.1');
    await once(placeholder, 'listening');
    const transport = new GatewayTransport(options, placeholder);
    try {
      await replaceRuleset(sharedPortRuleset(transport.#ports));
      transport.#hole = await OpenHole.open('tunnel_ports', [options.wireguardPort], options.log);
      await transport.refresh();
      transport.#selfTestTimer = setInterval(() => void transport.#selfTest(), SELF_TEST_INTERVAL);
      return transport;
    } catch (error) {
      await transport.close();
      throw error;
    }
  }

  private constructor(options: GatewayTransportOptions, placeholder: Socket) {
    this.#options = options;
    this.#placeholder = placeholder;
    this.#stunPort = placeholder.address().port;
  }

  get #ports() {
    return { wireguard: this.#options.wireguardPort, stun: this.#stunPort };
  }

  get bases(): readonly TransportBase[] {
    return this.#bases;
  }

  refresh(): Promise<void> {
    return this.#inTurn(async () => {
      const excluded = [...this.#options.excluded, ...(await readVirtualInterfaces())];
      const usable = usableAddresses(networkInterfaces(), excluded);
      for (const [address, socket] of this.#sockets) {
        if (usable.some((host) => host.address === address)) continue;
        socket.close();
        this.#sockets.delete(address);
      }
      for (const { address } of usable) {
        if (this.#closed || this.#sockets.has(address)) continue;
        const socket = await this.#bound(address);
        if (socket !== null) this.#sockets.set(address, socket);
      }
      this.#bases = usable
        .filter(({ address }) => this.#sockets.has(address))
        .map(({ family, address }) => ({ name: address, family, hosts: [{ address, port: this.#ports.wireguard }] }));
    });
  }

  send(base: string, { address, port }: TransportAddress, datagram: Uint8Array): void {
    this.#sockets.get(base)?.send(datagram, port, address, ignoreLoss);
  }

  disguise(port: number, remote: TransportAddress | null): Promise<void> {
    return this.#inTurn(async () => {
      // A packet of IPv4 cannot look as if it came from an IPv6 address: there it stays what it is.
      const isPossible = remote !== null && !isIpv6(remote) && this.#options.implementation === 'kernel';
      const wanted = isPossible ? remote : null;
      const commands = disguiseCommands(port, wanted, this.#disguises.has(port));
      if (wanted === null) this.#disguises.delete(port);
      else this.#disguises.set(port, wanted);
      if (commands.length > 0) await replaceRuleset(commands);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#selfTestTimer !== null) clearInterval(this.#selfTestTimer);
    await this.#lastTurn;
    this.#placeholder.close();
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
    await this.#hole?.close();
    await removeTable(SHARED_PORT_TABLE);
  }

  /** Null: the address is not (or no longer) usable; a later look may find it so. */
  async #bound(address: string): Promise<Socket | null> {
    const socket = createSocket(isIpv6({ address }) ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' });
    try {
      socket.bind(this.#stunPort, address);
      await once(socket, 'listening');
    } catch {
      socket.close();
      return null;
    }
    socket.on('message', (datagram, sender) => {
      if (this.#isSelfTest(datagram)) return;
      this.#options.onDatagram(datagram, address, { address: sender.address, port: sender.port });
    });
    socket.on('error', () => undefined);
    return socket;
  }

  /** Out by one rule and in by the other. */
  async #selfTest(): Promise<void> {
    const awaited = this.#awaited;
    const now = performance.now();
    if (awaited !== null && now - awaited.sentAt >= SELF_TEST_PATIENCE) {
      this.#awaited = null;
      await this.#reinstall();
    }
    const [address, socket] = [...this.#sockets].find(([name]) => !isIpv6({ address: name })) ?? [];
    if (socket === undefined || address === undefined || this.#closed) return;
    const transactionId = randomBytes(12);
    this.#awaited = { id: transactionId.toString('hex'), sentAt: now };
    const indication = { class: 'indication', method: STUN_BINDING, transactionId, attributes: [] } as const;
    socket.send(encodeStunMessage(indication, { fingerprint: true }), this.#ports.wireguard, address, ignoreLoss);
  }

  #isSelfTest(datagram: Buffer): boolean {
    if (this.#awaited === null || datagram.toString('hex', 8, 20) !== this.#awaited.id) return false;
    this.#awaited = null;
    return true;
  }

  async #reinstall(): Promise<void> {
    const wasGone = (await listTable(SHARED_PORT_TABLE)) === null;
    await this.#inTurn(async () => {
      if (this.#closed) return;
      await replaceRuleset([
        ...sharedPortRuleset(this.#ports),
        ...[...this.#disguises].flatMap(([port, remote]) => disguiseCommands(port, remote, false)),
      ]);
    }).catch((error: unknown) => {
      this.#options.log('warn', 'The rules of the direct path could not be put back.', { problem: String(error) });
    });
    this.#options.log('warn', 'The rules of the direct path did not work and were put back.', { wasGone });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(work);
    this.#lastTurn = turn.catch(() => undefined);
    return turn;
  }
}

function ignoreLoss(): void {
  // UDP: whoever misses the packet asks for it again.
}
