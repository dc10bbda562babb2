/**
 * The 20 bytes that every STUN message starts with (RFC 8489 section 5).
 */
import { StunError } from './error.ts';

export type StunClass = 'request' | 'indication' | 'success' | 'error';

export interface StunHeader {
  readonly class: StunClass;
  /** 0-4095; STUN_BINDING is the only one of RFC 8489. */
  readonly method: number;
  /** 12 bytes, random, chosen by the one who asks. */
  readonly transactionId: Uint8Array;
}

export const STUN_BINDING = 0x001;

export const STUN_HEADER_BYTES = 20;

export const STUN_MAGIC_COOKIE = 0x2112a442;

export const STUN_TRANSACTION_ID_BYTES = 12;

/** Where a class stands: its two bits as a number. */
const CLASSES = ['request', 'indication', 'success', 'error'] as const;

/**
 * Tells a STUN message from a WireGuard packet on the same port: two zero bits, the magic cookie and a length that
 * fits the datagram. Nothing else is looked at.
 */
export function isStunMessage(bytes: Uint8Array): boolean {
  if (bytes.length < STUN_HEADER_BYTES) return false;
  const length = uint16At(bytes, 2);
  return (
    (bytes[0] ?? 0) <= 0x3f &&
    length % 4 === 0 &&
    uint32At(bytes, 4) === STUN_MAGIC_COOKIE &&
    length + STUN_HEADER_BYTES === bytes.length
  );
}

/**
 * @throws StunError (`not-stun`)
 */
export function decodeStunHeader(bytes: Uint8Array): StunHeader {
  if (!isStunMessage(bytes)) throw new StunError('not-stun', 'these bytes are not a STUN message');
  const type = viewOf(bytes).getUint16(0);
  // The two bits of the class stand between those of the method: bit 4 and bit 8 of the type.
  return {
    class: (type & 0x0100) === 0 ? CLASSES[(type & 0x0010) === 0 ? 0 : 1] : CLASSES[(type & 0x0010) === 0 ? 2 : 3],
    method: (type & 0x000f) | ((type & 0x00e0) >>> 1) | ((type & 0x3e00) >>> 2),
    transactionId: new Uint8Array(bytes.subarray(8, STUN_HEADER_BYTES)),
  };
}

/**
 * @throws StunError (`not-encodable`)
 */
export function checkStunHeader({ method, transactionId }: StunHeader): void {
  if (!Number.isInteger(method) || method < 0 || method > 0xfff)
    throw new StunError('not-encodable', `method ${method} is not within 0-4095`);
  if (transactionId.length !== STUN_TRANSACTION_ID_BYTES)
    throw new StunError('not-encodable', `a transaction id has 12 bytes, not ${transactionId.length}`);
}

/**
 * @param header one that checkStunHeader has taken
 * @param length bytes of all attributes, a multiple of four
 */
export function writeStunHeader(target: Uint8Array, header: StunHeader, length: number): void {
  const { method, transactionId } = header;
  const classNumber = CLASSES.indexOf(header.class);
  const view = viewOf(target);
  const methodBits = (method & 0x00f) | ((method & 0x070) << 1) | ((method & 0xf80) << 2);
  view.setUint16(0, methodBits | ((classNumber & 1) << 4) | ((classNumber & 2) << 7));
  view.setUint16(2, length);
  view.setUint32(4, STUN_MAGIC_COOKIE);
  target.set(transactionId, 8);
}

/** In network order, without a view: for what is done with every datagram. */
export function uint16At(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

export function uint32At(bytes: Uint8Array, offset: number): number {
  return ((uint16At(bytes, offset) << 16) | uint16At(bytes, offset + 2)) >>> 0;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
