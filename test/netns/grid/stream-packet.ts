/**
 * The packets of the sequenced streams: a marker that a capture can be searched for, then stream and sequence number.
 */

/** Nothing else on the wire looks like this. */
export const STREAM_MARKER = Buffer.from('inner packet in clear');

/** Packets that WireGuard held back during the handshake come all at once; the kernel's 208 KiB hold some 200 of them. */
export const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

const STREAM_AT = STREAM_MARKER.length;
const SEQUENCE_AT = STREAM_AT + 2;
const HEADER_BYTES = SEQUENCE_AT + 4;

export interface StreamPacket {
  readonly stream: number;
  readonly sequence: number;
}

/** @param bytes length of the whole packet, at least the header's 27 */
export function encodeStreamPacket({ stream, sequence }: StreamPacket, bytes: number): Buffer {
  const packet = Buffer.alloc(Math.max(bytes, HEADER_BYTES));
  STREAM_MARKER.copy(packet);
  packet.writeUInt16BE(stream, STREAM_AT);
  packet.writeUInt32BE(sequence, SEQUENCE_AT);
  return packet;
}

/** @returns null for anything else */
export function decodeStreamPacket(packet: Buffer): StreamPacket | null {
  if (packet.length < HEADER_BYTES || !packet.subarray(0, STREAM_AT).equals(STREAM_MARKER)) return null;
  return { stream: packet.readUInt16BE(STREAM_AT), sequence: packet.readUInt32BE(SEQUENCE_AT) };
}
