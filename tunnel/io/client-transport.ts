/**
 * The client's direct path: one UDP socket a family, bound to every address of the computer, carries WireGuard and
 * STUN. The kernel chooses the source address by its routes, so the socket survives a change of them.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import type { TransportAddress } from '../path/candidate.ts';
import type { DatagramListener, DirectTransport, TransportBase } from './direct-transport.ts';
import { usableAddresses } from './local-addresses.ts';

/** The kernel's 208 KiB hold 2 ms of a fast download. */
const BUFFER_BYTES = 4 * 1024 * 1024;

/** Whose addresses are not offered, by their names. */
export interface ClientInterfaces {
  /** The tunnel's own. */
  readonly own: string;
  /** Those at which nobody from outside is met (virtual-interfaces.ts). The way out may lead through one all the same. */
  readonly readVirtual: () => Promise<readonly string[]>;
}

const FAMILIES = ['IPv4', 'IPv6'] as const;

export class ClientTransport implements DirectTransport {
  readonly #sockets: ReadonlyMap<string, Socket>;
  readonly #interfaces: ClientInterfaces;
  #bases: readonly TransportBase[] = [];

  /**
   * @throws Error when no socket can be had for either family
   */
  static async open(interfaces: ClientInterfaces, onDatagram: DatagramListener): Promise<ClientTransport> {
    const sockets = new Map<string, Socket>();
    const problems: unknown[] = [];
    for (const family of FAMILIES) {
      await bound(family, onDatagram).then(
        (socket) => sockets.set(family, socket),
        (error: unknown) => problems.push(error),
      );
    }
    if (sockets.size === 0) throw problems[0];
    const transport = new ClientTransport(sockets, interfaces);
    await transport.refresh();
    return transport;
  }

  private constructor(sockets: ReadonlyMap<string, Socket>, interfaces: ClientInterfaces) {
    this.#sockets = sockets;
    this.#interfaces = interfaces;
  }

  get bases(): readonly TransportBase[] {
    return this.#bases;
  }

  async refresh(): Promise<void> {
    const { own, readVirtual } = this.#interfaces;
    const virtual = await readVirtual();
    const all = networkInterfaces();
    const usable = usableAddresses(all, [own]);
    const offered = usableAddresses(all, [own, ...virtual]);
    this.#bases = FAMILIES.flatMap((family) => {
      const port = this.#sockets.get(family)?.address().port;
      if (port === undefined || !usable.some((host) => host.family === family)) return [];
      const hosts = offered.filter((host) => host.family === family).map(({ address }) => ({ address, port }));
      return [{ name: family, family, hosts }];
    });
  }

  send(base: string, { address, port }: TransportAddress, datagram: Uint8Array): void {
    // Without a callback for each packet: what goes wrong is an `error` of the socket.
    this.#sockets.get(base)?.send(datagram, port, address);
  }

  disguise(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    for (const socket of this.#sockets.values()) socket.close();
    return Promise.resolve();
  }
}

async function bound(family: 'IPv4' | 'IPv6', onDatagram: DatagramListener): Promise<Socket> {
  const version = family === 'IPv4' ? 4 : 6;
  const socket = createSocket({
    ...(version === 4 ? { type: 'udp4' } : { type: 'udp6', ipv6Only: true }),
    // Packets go to addresses, never to names: nothing is looked up, and none waits for the next turn.
    lookup: (address, _options, found) => found(null, address, version),
  });
  try {
    const listening = once(socket, 'listening');
    socket.bind(0);
    await listening;
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.setRecvBufferSize(BUFFER_BYTES);
  socket.setSendBufferSize(BUFFER_BYTES);
  socket.on('message', (datagram, { address, port }) => onDatagram(datagram, family, { address, port }));
  // No route at the moment: like any lost packet.
  socket.on('error', () => undefined);
  return socket;
}
