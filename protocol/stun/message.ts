/**
 * STUN messages (RFC 8489): reading, writing, and proving them.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  decodeStunAttribute,
  encodeStunAttribute,
  rawStunAttributes,
  STUN_ATTRIBUTE,
  type StunAttribute,
} from './attributes.ts';
import { crc32 } from './crc32.ts';
import { StunError } from './error.ts';
import {
  checkStunHeader,
  decodeStunHeader,
  STUN_HEADER_BYTES,
  type StunHeader,
  uint32At,
  viewOf,
  writeStunHeader,
} from './header.ts';

export interface StunMessage extends StunHeader {
  /** In their order, without MESSAGE-INTEGRITY and FINGERPRINT, which protect the others. */
  readonly attributes: readonly StunAttribute[];
}

export interface StunProtection {
  /** Adds MESSAGE-INTEGRITY: the password's bytes, or the long-term key (RFC 8489 section 9.2.2). */
  readonly integrityKey?: Uint8Array;
  /** Adds FINGERPRINT, which tells STUN from other packets on a shared port. */
  readonly fingerprint?: boolean;
}

const FINGERPRINT_XOR = 0x5354554e;
const FINGERPRINT_BYTES = 8;
const INTEGRITY_BYTES = 24;

/**
 * A FINGERPRINT that is present has been checked; MESSAGE-INTEGRITY has not: see checkMessageIntegrity.
 * @throws StunError
 */
export function decodeStunMessage(bytes: Uint8Array): StunMessage {
  const header = decodeStunHeader(bytes);
  const attributes: StunAttribute[] = [];
  let protectedUntilHere = false;
  for (const { type, value, offset } of rawStunAttributes(bytes)) {
    switch (type) {
      case STUN_ATTRIBUTE.messageIntegrity:
      case STUN_ATTRIBUTE.messageIntegritySha256:
        protectedUntilHere = true;
        break;
      case STUN_ATTRIBUTE.fingerprint:
        checkFingerprint(bytes, value, offset);
        break;
      default:
        // Nothing vouches for what follows MESSAGE-INTEGRITY: it is ignored (RFC 8489 section 14.5).
        if (!protectedUntilHere) attributes.push(decodeStunAttribute(type, value, header.transactionId));
    }
  }
  return { ...header, attributes };
}

/**
 * @throws StunError (`not-encodable`)
 */
export function encodeStunMessage(message: StunMessage, protection: StunProtection = {}): Uint8Array {
  const { integrityKey, fingerprint = false } = protection;
  checkStunHeader(message);
  const parts = message.attributes.map((attribute) => encodeStunAttribute(attribute, message.transactionId));
  const contentEnd = parts.reduce((sum, part) => sum + part.length, STUN_HEADER_BYTES);
  const end = contentEnd + (integrityKey === undefined ? 0 : INTEGRITY_BYTES) + (fingerprint ? FINGERPRINT_BYTES : 0);
  if (end - STUN_HEADER_BYTES > 0xffff) throw new StunError('not-encodable', 'the message is too long');
  const bytes = new Uint8Array(end);
  writeStunHeader(bytes, message, end - STUN_HEADER_BYTES);
  let offset = STUN_HEADER_BYTES;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  if (integrityKey !== undefined) {
    const view = viewOf(bytes);
    view.setUint16(offset, STUN_ATTRIBUTE.messageIntegrity);
    view.setUint16(offset + 2, 20);
    bytes.set(integrityOf(bytes, offset, integrityKey), offset + 4);
    offset += INTEGRITY_BYTES;
  }
  if (fingerprint) writeFingerprint(bytes, offset);
  return bytes;
}

/**
 * @param bytes a message that decodeStunMessage has taken
 * @throws StunError when it is not one
 */
export function checkMessageIntegrity(bytes: Uint8Array, key: Uint8Array): 'valid' | 'wrong' | 'missing' {
  decodeStunHeader(bytes);
  for (const { type, value, offset } of rawStunAttributes(bytes)) {
    if (type !== STUN_ATTRIBUTE.messageIntegrity) continue;
    const expected = integrityOf(bytes, offset, key);
    return value.length === expected.length && timingSafeEqual(value, expected) ? 'valid' : 'wrong';
  }
  return 'missing';
}

/** Writes FINGERPRINT as the last attribute, at `offset`, over everything before it. */
export function writeFingerprint(bytes: Uint8Array, offset: number): void {
  const fingerprint = fingerprintOf(bytes, offset);
  bytes[offset] = STUN_ATTRIBUTE.fingerprint >>> 8;
  bytes[offset + 1] = STUN_ATTRIBUTE.fingerprint & 0xff;
  bytes[offset + 2] = 0;
  bytes[offset + 3] = 4;
  bytes[offset + 4] = fingerprint >>> 24;
  bytes[offset + 5] = (fingerprint >>> 16) & 0xff;
  bytes[offset + 6] = (fingerprint >>> 8) & 0xff;
  bytes[offset + 7] = fingerprint & 0xff;
}

/**
 * @param value what FINGERPRINT says, `offset` where its header stands
 * @throws StunError
 */
export function checkFingerprint(bytes: Uint8Array, value: Uint8Array, offset: number): void {
  if (value.length !== 4 || offset + FINGERPRINT_BYTES !== bytes.length)
    throw new StunError('malformed', 'FINGERPRINT is not the last attribute');
  if (uint32At(value, 0) !== fingerprintOf(bytes, offset))
    throw new StunError('fingerprint-wrong', 'FINGERPRINT does not fit the message');
}

/** The length in the header already counts FINGERPRINT itself (RFC 8489 section 14.7). */
function fingerprintOf(bytes: Uint8Array, offset: number): number {
  return (crc32(bytes, offset) ^ FINGERPRINT_XOR) >>> 0;
}

/** HMAC-SHA1 with a header whose length ends behind MESSAGE-INTEGRITY (RFC 8489 section 14.5). */
function integrityOf(bytes: Uint8Array, offset: number, key: Uint8Array): Buffer {
  const header = new Uint8Array(bytes.subarray(0, STUN_HEADER_BYTES));
  viewOf(header).setUint16(2, offset + INTEGRITY_BYTES - STUN_HEADER_BYTES);
  return createHmac('sha1', key).update(header).update(bytes.subarray(STUN_HEADER_BYTES, offset)).digest();
}
