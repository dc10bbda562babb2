/**
 * The loopback UDP socket that WireGuard takes for one peer's endpoint.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { RELAY_FRAME_HEADER_BYTES, RELAY_FRAME_MAX_BYTES } from '@edgegateway/protocol/relay-frame';

const LOOPBACK = '127.0.0.1';

/** The kernel's 208 KiB hold 2 ms of a fast download. */
const BUFFER_BYTES = 4 * 1024 * 1024;

const LENGTH_BYTES = 2;

export interface PeerSocketOptions {
  /** Where WireGuard is bound: the only one whose packets are taken. */
  readonly wireguardPort: number;
  /** All packets of one turn of the event loop that fit one relay frame. */
  readonly onPackets: (packets: readonly Uint8Array[]) => void;
}

export class PeerSocket {
  readonly address = LOOPBACK;
  readonly port: number;
  /** What the kernel granted of BUFFER_BYTES; it counts its own overhead, so twice as much is the same. */
  readonly receiveBufferBytes: number;
  readonly #socket: Socket;
  readonly #onPackets: PeerSocketOptions['onPackets'];
  #corked: Uint8Array[] = [];
  #corkedBytes = 0;
  #flushing: NodeJS.Immediate | null = null;

  /**
   * @throws Error when no socket can be had
   */
  static async open(options: PeerSocketOptions): Promise<PeerSocket> {
    const socket = createSocket({ type: 'udp4' });
    try {
      socket.bind(0, LOOPBACK);
      await once(socket, 'listening');
      socket.setRecvBufferSize(BUFFER_BYTES);
      socket.setSendBufferSize(BUFFER_BYTES);
      socket.connect(options.wireguardPort, LOOPBACK);
      await once(socket, 'connect');
      return new PeerSocket(socket, options);
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  private constructor(socket: Socket, options: PeerSocketOptions) {
    this.#socket = socket;
    this.#onPackets = options.onPackets;
    this.port = socket.address().port;
    this.receiveBufferBytes = socket.getRecvBufferSize();
    socket.on('message', (packet) => this.#cork(packet));
    // WireGuard was not listening for a moment: like any lost packet, this one is sent again by whoever misses it.
    socket.on('error', () => undefined);
  }

  get hasFullBuffer(): boolean {
    return this.receiveBufferBytes >= BUFFER_BYTES;
  }

  /** Hands packets of the peer to WireGuard. */
  deliver(packets: readonly Uint8Array[]): void {
    for (const packet of packets) this.#socket.send(packet);
  }

  close(): void {
    if (this.#flushing !== null) clearImmediate(this.#flushing);
    this.#socket.close();
  }

  #cork(packet: Uint8Array): void {
    const bytes = LENGTH_BYTES + packet.length;
    if (packet.length === 0 || RELAY_FRAME_HEADER_BYTES + bytes > RELAY_FRAME_MAX_BYTES) return;
    if (RELAY_FRAME_HEADER_BYTES + this.#corkedBytes + bytes > RELAY_FRAME_MAX_BYTES) this.#flush();
    this.#corked.push(packet);
    this.#corkedBytes += bytes;
    this.#flushing ??= setImmediate(() => {
      this.#flushing = null;
      this.#flush();
    });
  }

  #flush(): void {
    const packets = this.#corked;
    this.#corked = [];
    this.#corkedBytes = 0;
    if (packets.length > 0) this.#onPackets(packets);
  }
}
