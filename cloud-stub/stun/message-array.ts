/**
 * Room for a number of datagrams and their addresses, laid out once as recvmmsg(2) and sendmmsg(2) take it, so that
 * nothing is made or converted for a call: struct mmsghdr, iovec, addresses and contents in one block of memory.
 */
import koffi from 'koffi';

/** Places and sizes in bytes on 64-bit little-endian machines (recvmsg(2), recvmmsg(2)). */
const HEADER = { bytes: 64, name: 0, nameBytes: 8, vectors: 16, vectorCount: 24, flags: 48, length: 56 } as const;
const VECTOR = { bytes: 16, base: 0, length: 8 } as const;

const MSG_TRUNC = 0x20;
const ALIGNMENT = 8;

export class MessageArray {
  /** Where the first struct mmsghdr stands in memory. */
  readonly address: bigint;
  /** Each datagram's socket address; of whom it came from, or whom it goes to. */
  readonly names: readonly Uint8Array[];
  /** The room of each datagram's content. */
  readonly contents: readonly Uint8Array[];
  readonly #view: DataView;
  readonly #vectors: number;

  constructor(count: number, nameBytes: number, contentBytes: number) {
    const nameStride = aligned(nameBytes);
    const contentStride = aligned(contentBytes);
    const vectors = count * HEADER.bytes;
    const names = vectors + count * VECTOR.bytes;
    const contents = names + count * nameStride;
    const memory = new ArrayBuffer(contents + count * contentStride);
    const address = koffi.address(memory);
    const view = new DataView(memory);
    const pointer = (at: number, to: number) => view.setBigUint64(at, address + BigInt(to), true);
    for (let index = 0; index < count; index += 1) {
      const header = index * HEADER.bytes;
      const vector = vectors + index * VECTOR.bytes;
      pointer(header + HEADER.name, names + index * nameStride);
      view.setUint32(header + HEADER.nameBytes, nameBytes, true);
      pointer(header + HEADER.vectors, vector);
      view.setUint32(header + HEADER.vectorCount, 1, true);
      pointer(vector + VECTOR.base, contents + index * contentStride);
      view.setUint32(vector + VECTOR.length, contentBytes, true);
    }
    const indexes = Array.from({ length: count }, (_, index) => index);
    this.names = indexes.map((index) => new Uint8Array(memory, names + index * nameStride, nameBytes));
    this.contents = indexes.map((index) => new Uint8Array(memory, contents + index * contentStride, contentBytes));
    this.address = address;
    this.#view = view;
    this.#vectors = vectors;
  }

  /** Where the struct mmsghdr of this one stands in memory. */
  addressOf(index: number): bigint {
    return this.address + BigInt(index * HEADER.bytes);
  }

  /** What has been received into its place; null when it was longer than the room. */
  received(index: number): Uint8Array | null {
    const header = index * HEADER.bytes;
    if ((this.#view.getUint32(header + HEADER.flags, true) & MSG_TRUNC) !== 0) return null;
    return this.contents[index]?.subarray(0, this.#view.getUint32(header + HEADER.length, true)) ?? null;
  }

  /** How many bytes of its content are to be sent. */
  setLength(index: number, bytes: number): void {
    this.#view.setUint32(this.#vectors + index * VECTOR.bytes + VECTOR.length, bytes, true);
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
