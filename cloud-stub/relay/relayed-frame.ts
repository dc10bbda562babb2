/**
 * What a relay reads of a frame (protocol/relay-frame.ts): whether it is well-formed, its type and its channel. As strict
 * as decodeRelayFrame(), but it makes no views of packets that are only passed on.
 */
import {
  RELAY_FRAME_HEADER_BYTES,
  RELAY_FRAME_MAX_BYTES,
  RELAY_FRAME_TYPES,
  RelayFrameError,
  type RelayFrameType,
} from '@edgegateway/protocol/relay-frame';

const { wireguard: WIREGUARD, signal: SIGNAL } = RELAY_FRAME_TYPES;
const LENGTH_BYTES = 2;

/**
 * @returns the number of packets, at least one
 * @throws RelayFrameError when the message is not exactly one well-formed frame
 */
export function checkRelayedFrame(message: Uint8Array): number {
  const { length: end, 0: type } = message;
  if (end > RELAY_FRAME_MAX_BYTES) throw new RelayFrameError(`${end} bytes exceed a relay message`);
  if (end < RELAY_FRAME_HEADER_BYTES) throw new RelayFrameError('the header is cut short');
  if (type !== WIREGUARD && type !== SIGNAL) throw new RelayFrameError(`unknown frame type ${type}`);
  let packets = 0;
  let offset = RELAY_FRAME_HEADER_BYTES;
  while (offset < end) {
    if (offset + LENGTH_BYTES > end) throw new RelayFrameError('a packet length is cut short');
    const length = uint16At(message, offset);
    if (length === 0) throw new RelayFrameError('a packet is empty');
    offset += LENGTH_BYTES + length;
    packets += 1;
  }
  if (offset > end) throw new RelayFrameError('a packet is cut short');
  if (packets === 0) throw new RelayFrameError('a frame carries at least one packet');
  return packets;
}

/** Of a message that was checked. */
export function typeOfFrame(message: Uint8Array): RelayFrameType {
  return message[0] === SIGNAL ? 'signal' : 'wireguard';
}

/** Of a message that was checked. */
export function channelOfFrame(message: Uint8Array): number {
  return uint16At(message, 2);
}

function uint16At(message: Uint8Array, offset: number): number {
  return ((message[offset] ?? 0) << 8) | (message[offset + 1] ?? 0);
}
