/**
 * STUN attributes (RFC 8489 section 14): type, length, value, padded to four bytes.
 */
import { decodeStunAddress, encodeStunAddress, type StunAddress } from './address.ts';
import { StunError } from './error.ts';
import { STUN_HEADER_BYTES, viewOf } from './header.ts';

type TextKind = 'username' | 'software' | 'realm' | 'nonce';

export type StunAttribute =
  | { readonly kind: 'mapped-address' | 'xor-mapped-address'; readonly endpoint: StunAddress }
  | { readonly kind: TextKind; readonly text: string }
  /** `code` 300-699. */
  | { readonly kind: 'error-code'; readonly code: number; readonly reason: string }
  | { readonly kind: 'unknown-attributes'; readonly types: readonly number[] }
  /** Everything else, ICE's (RFC 8445 section 16.1) included: passed on as it is. */
  | { readonly kind: 'raw'; readonly type: number; readonly value: Uint8Array };

export const STUN_ATTRIBUTE = {
  mappedAddress: 0x0001,
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  realm: 0x0014,
  nonce: 0x0015,
  messageIntegritySha256: 0x001c,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  /** RFC 5780 section 7.6. */
  padding: 0x0026,
  software: 0x8022,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
} as const;

const ATTRIBUTE_HEADER_BYTES = 4;

/** USERNAME may have 508 bytes; SOFTWARE, REALM and NONCE 763 (RFC 8489 sections 14.3, 14.9, 14.10, 14.14). */
const TEXT_LIMITS: Readonly<Record<TextKind, number>> = { username: 508, software: 763, realm: 763, nonce: 763 };
const REASON_LIMIT = 763;

const TEXT_TYPES: Readonly<Record<TextKind, number>> = {
  username: STUN_ATTRIBUTE.username,
  software: STUN_ATTRIBUTE.software,
  realm: STUN_ATTRIBUTE.realm,
  nonce: STUN_ATTRIBUTE.nonce,
};

/** One attribute as it stands in a message: `value` is a view, `offset` that of its header. */
export interface RawStunAttribute {
  readonly type: number;
  readonly value: Uint8Array;
  readonly offset: number;
}

/**
 * Walks the attributes of a message whose header has been checked.
 * @throws StunError (`malformed`) at the attribute that does not fit
 */
export function* rawStunAttributes(message: Uint8Array): Generator<RawStunAttribute> {
  const view = viewOf(message);
  let offset = STUN_HEADER_BYTES;
  while (offset < message.length) {
    // Lengths are multiples of four up to here, so an attribute's header is always whole.
    const start = offset + ATTRIBUTE_HEADER_BYTES;
    const length = view.getUint16(offset + 2);
    const end = start + paddedLength(length);
    if (end > message.length) throw new StunError('malformed', 'an attribute reaches beyond the message');
    yield { type: view.getUint16(offset), value: message.subarray(start, start + length), offset };
    offset = end;
  }
}

/**
 * @throws StunError (`malformed`)
 */
export function decodeStunAttribute(type: number, value: Uint8Array, transactionId: Uint8Array): StunAttribute {
  switch (type) {
    case STUN_ATTRIBUTE.mappedAddress:
      return { kind: 'mapped-address', endpoint: decodeStunAddress(value, null) };
    case STUN_ATTRIBUTE.xorMappedAddress:
      return { kind: 'xor-mapped-address', endpoint: decodeStunAddress(value, transactionId) };
    case STUN_ATTRIBUTE.username:
      return decodeText('username', value);
    case STUN_ATTRIBUTE.software:
      return decodeText('software', value);
    case STUN_ATTRIBUTE.realm:
      return decodeText('realm', value);
    case STUN_ATTRIBUTE.nonce:
      return decodeText('nonce', value);
    case STUN_ATTRIBUTE.errorCode:
      return decodeErrorCode(value);
    case STUN_ATTRIBUTE.unknownAttributes:
      return decodeUnknownAttributes(value);
    default:
      return { kind: 'raw', type, value: new Uint8Array(value) };
  }
}

/**
 * @returns header, value and padding
 * @throws StunError (`not-encodable`)
 */
export function encodeStunAttribute(attribute: StunAttribute, transactionId: Uint8Array): Uint8Array {
  let type: number;
  let value: Uint8Array;
  switch (attribute.kind) {
    case 'mapped-address':
      type = STUN_ATTRIBUTE.mappedAddress;
      value = encodeStunAddress(attribute.endpoint, null);
      break;
    case 'xor-mapped-address':
      type = STUN_ATTRIBUTE.xorMappedAddress;
      value = encodeStunAddress(attribute.endpoint, transactionId);
      break;
    case 'username':
    case 'software':
    case 'realm':
    case 'nonce':
      type = TEXT_TYPES[attribute.kind];
      value = encodeText(attribute.text, TEXT_LIMITS[attribute.kind]);
      break;
    case 'error-code':
      type = STUN_ATTRIBUTE.errorCode;
      value = encodeErrorCode(attribute.code, attribute.reason);
      break;
    case 'unknown-attributes':
      type = STUN_ATTRIBUTE.unknownAttributes;
      value = encodeUnknownAttributes(attribute.types);
      break;
    case 'raw':
      ({ type, value } = attribute);
      break;
  }
  return withHeader(type, value);
}

function withHeader(type: number, value: Uint8Array): Uint8Array {
  if (!isUint16(type) || !isUint16(value.length)) throw new StunError('not-encodable', 'an attribute is out of range');
  const bytes = new Uint8Array(ATTRIBUTE_HEADER_BYTES + paddedLength(value.length));
  const view = viewOf(bytes);
  view.setUint16(0, type);
  view.setUint16(2, value.length);
  bytes.set(value, ATTRIBUTE_HEADER_BYTES);
  return bytes;
}

function decodeText(kind: TextKind, value: Uint8Array): StunAttribute {
  return { kind, text: utf8(value, TEXT_LIMITS[kind]) };
}

function utf8(value: Uint8Array, limit: number): string {
  try {
    if (value.length <= limit) return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    // Told below, together with what is too long.
  }
  throw new StunError('malformed', `a text is not UTF-8 of at most ${limit} bytes`);
}

function encodeText(text: string, limit: number): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > limit) throw new StunError('not-encodable', `a text has more than ${limit} bytes`);
  return bytes;
}

function decodeErrorCode(value: Uint8Array): StunAttribute {
  const [, , hundreds = 0, rest = 0] = value;
  const errorClass = hundreds & 0x07;
  if (value.length < 4 || errorClass < 3 || errorClass > 6 || rest > 99)
    throw new StunError('malformed', 'an error code is not within 300-699');
  return { kind: 'error-code', code: errorClass * 100 + rest, reason: utf8(value.subarray(4), REASON_LIMIT) };
}

function encodeErrorCode(code: number, reason: string): Uint8Array {
  if (!Number.isInteger(code) || code < 300 || code > 699)
    throw new StunError('not-encodable', `error code ${code} is not within 300-699`);
  return Uint8Array.of(0, 0, Math.floor(code / 100), code % 100, ...encodeText(reason, REASON_LIMIT));
}

function decodeUnknownAttributes(value: Uint8Array): StunAttribute {
  if (value.length % 2 !== 0) throw new StunError('malformed', 'the list of unknown attributes is cut short');
  const view = viewOf(value);
  const types = Array.from({ length: value.length / 2 }, (_, index) => view.getUint16(index * 2));
  return { kind: 'unknown-attributes', types };
}

function encodeUnknownAttributes(types: readonly number[]): Uint8Array {
  if (!types.every(isUint16)) throw new StunError('not-encodable', 'an attribute type is not within 0-65535');
  return Uint8Array.from(types.flatMap((type) => [type >>> 8, type & 0xff]));
}

function paddedLength(length: number): number {
  return (length + 3) & ~3;
}

function isUint16(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffff;
}
