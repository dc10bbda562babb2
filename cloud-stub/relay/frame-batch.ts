/**
 * Collects messages for one receiver and makes them one piece of bytes: each a whole binary WebSocket frame of a server
 * (RFC 6455 section 5.2: FIN, opcode 2, no mask). One write of many frames costs little more than one of a single frame.
 */
const BINARY_FRAME = 0x82;
const SHORTEST_HEADER = 2;
/** From here on a length takes 2 more bytes, and from the other one on 8. */
const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 65_536;

export class FrameBatch {
  #messages: Uint8Array[] = [];
  #bytes = 0;

  /** Of all frames so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the bytes over until take(). */
  add(message: Uint8Array): void {
    this.#messages.push(message);
    this.#bytes += headerBytes(message.length) + message.length;
  }

  /** All frames in their order; empty when there are none. The batch is empty afterwards. */
  take(): Buffer {
    const all = Buffer.allocUnsafe(this.#bytes);
    let offset = 0;
    for (const message of this.#messages) {
      offset = writeHeader(all, offset, message.length);
      all.set(message, offset);
      offset += message.length;
    }
    this.#messages = [];
    this.#bytes = 0;
    return all;
  }
}

function headerBytes(length: number): number {
  if (length < LENGTH_IN_16_BITS) return SHORTEST_HEADER;
  return length < LENGTH_IN_64_BITS ? SHORTEST_HEADER + 2 : SHORTEST_HEADER + 8;
}

function writeHeader(all: Buffer, offset: number, length: number): number {
  all[offset] = BINARY_FRAME;
  if (length < LENGTH_IN_16_BITS) {
    all[offset + 1] = length;
  } else if (length < LENGTH_IN_64_BITS) {
    all[offset + 1] = LENGTH_IN_16_BITS;
    all.writeUInt16BE(length, offset + SHORTEST_HEADER);
  } else {
    all[offset + 1] = LENGTH_IN_16_BITS + 1;
    all.writeBigUInt64BE(BigInt(length), offset + SHORTEST_HEADER);
  }
  return offset + headerBytes(length);
}
