/**
 * MQTT 3.1.1 on the wire: cuts bytes into control packets (OASIS MQTT 3.1.1, section 2.2) and has each parsed alone,
 * so that no packet can reach beyond its own length and none can grow beyond the limit.
 */
import { type Packet, parser } from 'mqtt-packet';
import { ConnectionRefusal } from './errors.ts';

const MAX_LENGTH_BYTES = 4;

const PUBLISH = 3;
/** The flags in the lower half of the first byte (section 2.2.2), by the type in its upper one; PUBLISH has its own. */
const FLAGS: ReadonlyMap<number, number> = new Map([
  ...[1, 2, 4, 5, 7, 9, 11, 12, 13, 14].map((type) => [type, 0] as const),
  ...[6, 8, 10].map((type) => [type, 2] as const),
]);

export class MqttPacketReader {
  readonly #maxBytes: number;
  readonly #parser = parser();
  #chunks: Buffer[] = [];
  #size = 0;
  /** With fewer bytes than these nothing can be read. */
  #needed = 1;
  #parsed: Packet[] = [];

  /** @param maxBytes longest packet, fixed header excluded */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#parser.on('packet', (packet) => this.#parsed.push(packet));
    this.#parser.on('error', (error: unknown) => {
      throw new ConnectionRefusal('not an MQTT packet', { cause: error });
    });
  }

  /**
   * Takes bytes in; the packets that are complete by now come out.
   * @throws ConnectionRefusal when they are not MQTT, or a packet is too long
   */
  push(chunk: Buffer): Packet[] {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    // Joined only when it leads to something: a packet in a thousand pieces is copied once.
    if (this.#size < this.#needed) return [];
    let bytes = Buffer.concat(this.#chunks);
    const packets: Packet[] = [];
    for (;;) {
      this.#needed = this.#bytesNeeded(bytes);
      if (bytes.length < this.#needed) break;
      packets.push(this.#parse(bytes.subarray(0, this.#needed)));
      bytes = bytes.subarray(this.#needed);
    }
    this.#chunks = [bytes];
    this.#size = bytes.length;
    return packets;
  }

  /** Length of the first packet, header included; as long as its length is not all here, one byte more than is. */
  #bytesNeeded(bytes: Buffer): number {
    const first = bytes[0];
    if (first === undefined) return 1;
    // Before its length: whoever begins like that has nothing more to say.
    if (!isFirstByte(first)) throw new ConnectionRefusal('not an MQTT packet');
    let remaining = 0;
    for (let index = 0; index < MAX_LENGTH_BYTES; index += 1) {
      const byte = bytes[1 + index];
      if (byte === undefined) return 2 + index;
      remaining += (byte & 0x7f) * 128 ** index;
      if (remaining > this.#maxBytes) throw new ConnectionRefusal(`a packet of more than ${this.#maxBytes} bytes`);
      if ((byte & 0x80) === 0) return 2 + index + remaining;
    }
    throw new ConnectionRefusal('a packet length of more than four bytes');
  }

  #parse(bytes: Buffer): Packet {
    this.#parsed = [];
    try {
      this.#parser.parse(bytes);
    } catch (error) {
      // The parser reads past the end of some malformed packets.
      throw error instanceof ConnectionRefusal ? error : new ConnectionRefusal('not an MQTT packet', { cause: error });
    }
    const [packet, ...more] = this.#parsed;
    if (packet === undefined || more.length > 0) throw new ConnectionRefusal('not an MQTT packet');
    return packet;
  }
}

function isFirstByte(byte: number): boolean {
  const type = byte >>> 4;
  const flags = byte & 0x0f;
  return type === PUBLISH ? (flags & 0x06) !== 0x06 : FLAGS.get(type) === flags;
}
