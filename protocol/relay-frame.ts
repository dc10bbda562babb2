/**
 * Binary WebSocket messages between an end and a relay: packets for one channel.
 *
 *     0        1        2                 4
 *     +--------+--------+--------+--------+----------------+-----------...-+----------------+---
 *     |  type  | epoch  |     channel     | length of 1st  |  1st packet   | length of 2nd  |
 *     +--------+--------+--------+--------+----------------+-----------...-+----------------+---
 *
 * All numbers are unsigned, big-endian; a length has two bytes. A channel is a pair of keys, numbered by the relay
 * separately for each of its connections (relay-control.ts). The relay rewrites the channel and forwards the rest.
 * The epoch counts the sender's path decisions, modulo 256: a receiver tells late packets from new ones by it.
 */

/** `wireguard`: WireGuard messages as they would stand in UDP. `signal`: sealed candidates, one box a packet. */
export type RelayFrameType = 'wireguard' | 'signal';

export interface RelayFrame {
  readonly type: RelayFrameType;
  /** 0-255 */
  readonly epoch: number;
  /** 0-65535 */
  readonly channel: number;
  /** At least one, each of 1-65535 bytes. Views into the message, not copies. */
  readonly packets: readonly Uint8Array[];
}

export const RELAY_FRAME_HEADER_BYTES = 4;

/** A relay and an end refuse longer messages. */
export const RELAY_FRAME_MAX_BYTES = 65_536;

/** The first byte of a frame. */
export const RELAY_FRAME_TYPES: Readonly<Record<RelayFrameType, number>> = { wireguard: 1, signal: 2 };
const TYPES_BY_CODE: ReadonlyMap<number, RelayFrameType> = new Map([
  [1, 'wireguard'],
  [2, 'signal'],
]);

export class RelayFrameError extends Error {
  override readonly name = 'RelayFrameError';
}

/**
 * @throws RelayFrameError when a field is out of range or the message would exceed RELAY_FRAME_MAX_BYTES
 */
export function encodeRelayFrame(frame: RelayFrame): Uint8Array {
  if (!isUnsigned(frame.epoch, 8)) throw new RelayFrameError(`epoch ${frame.epoch} is not within 0-255`);
  if (!isUnsigned(frame.channel, 16)) throw new RelayFrameError(`channel ${frame.channel} is not within 0-65535`);
  if (frame.packets.length === 0) throw new RelayFrameError('a frame carries at least one packet');
  const size = frame.packets.reduce((sum, packet) => sum + 2 + packet.length, RELAY_FRAME_HEADER_BYTES);
  if (size > RELAY_FRAME_MAX_BYTES) throw new RelayFrameError(`${size} bytes exceed a relay message`);
  const message = new Uint8Array(size);
  const view = new DataView(message.buffer);
  view.setUint8(0, RELAY_FRAME_TYPES[frame.type]);
  view.setUint8(1, frame.epoch);
  view.setUint16(2, frame.channel);
  let offset = RELAY_FRAME_HEADER_BYTES;
  for (const packet of frame.packets) {
    if (packet.length === 0) throw new RelayFrameError('a packet is empty');
    view.setUint16(offset, packet.length);
    message.set(packet, offset + 2);
    offset += 2 + packet.length;
  }
  return message;
}

/**
 * @throws RelayFrameError when the message is not exactly one well-formed frame
 */
export function decodeRelayFrame(message: Uint8Array): RelayFrame {
  if (message.length > RELAY_FRAME_MAX_BYTES)
    throw new RelayFrameError(`${message.length} bytes exceed a relay message`);
  if (message.length < RELAY_FRAME_HEADER_BYTES) throw new RelayFrameError('the header is cut short');
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const type = TYPES_BY_CODE.get(view.getUint8(0));
  if (type === undefined) throw new RelayFrameError(`unknown frame type ${view.getUint8(0)}`);
  const packets: Uint8Array[] = [];
  let offset = RELAY_FRAME_HEADER_BYTES;
  while (offset < message.length) {
    if (offset + 2 > message.length) throw new RelayFrameError('a packet length is cut short');
    const length = view.getUint16(offset);
    const end = offset + 2 + length;
    if (length === 0) throw new RelayFrameError('a packet is empty');
    if (end > message.length) throw new RelayFrameError('a packet is cut short');
    packets.push(message.subarray(offset + 2, end));
    offset = end;
  }
  if (packets.length === 0) throw new RelayFrameError('a frame carries at least one packet');
  return { type, epoch: view.getUint8(1), channel: view.getUint16(2), packets };
}

/** Writes another channel into an encoded frame, in place: all a relay has to do before it forwards. */
export function rewriteChannel(message: Uint8Array, channel: number): void {
  if (message.length < RELAY_FRAME_HEADER_BYTES) throw new RelayFrameError('the header is cut short');
  message[2] = channel >>> 8;
  message[3] = channel & 0xff;
}

function isUnsigned(value: number, bits: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 2 ** bits;
}
