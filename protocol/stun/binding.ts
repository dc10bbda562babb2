/**
 * Binding: "as whom do you see me?" (RFC 8489 section 3). What a server does for every datagram, without building
 * the message as objects.
 */
import { randomBytes } from 'node:crypto';
import type { StunAddress } from './address.ts';
import { STUN_ATTRIBUTE } from './attributes.ts';
import { StunError } from './error.ts';
import {
  isStunMessage,
  STUN_BINDING,
  STUN_HEADER_BYTES,
  STUN_MAGIC_COOKIE,
  STUN_TRANSACTION_ID_BYTES,
  uint16At,
} from './header.ts';
import { checkFingerprint, encodeStunMessage, type StunMessage, writeFingerprint } from './message.ts';

/** No answer of writeBindingAnswer is longer. */
export const BINDING_ANSWER_MAX_BYTES = 76;

/** The lower byte of the type; the upper one is zero. */
const BINDING_REQUEST_TYPE = 0x01;
const ATTRIBUTE_HEADER_BYTES = 4;
const FINGERPRINT_BYTES = 8;
/** Where cookie and transaction id start: also what an address is masked with (RFC 8489 section 14.2). */
const COOKIE_START = 4;
/** Of the value of XOR-MAPPED-ADDRESS before the address: a zero, the family and the port. */
const BEFORE_HOST_BYTES = 4;
const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;
const IPV4_BYTES = 4;
const NONE: readonly number[] = [];

/** From 0x8000 on, who does not know an attribute may ignore it (RFC 8489 section 14). */
const FIRST_OPTIONAL_TYPE = 0x8000;

/** An answer must not grow with what a stranger sends. */
const UNKNOWN_TYPES_LIMIT = 8;

/**
 * The attributes that a server knows, each with the fewest bytes that its value can have. A server without authentication
 * reads past credentials; an answer's attributes mean nothing in a request. With fewer bytes nobody has made it who
 * waits for an answer.
 */
const UNDERSTOOD: ReadonlyMap<number, number> = new Map<number, number>([
  [STUN_ATTRIBUTE.mappedAddress, BEFORE_HOST_BYTES + IPV4_BYTES],
  [STUN_ATTRIBUTE.username, 0],
  [STUN_ATTRIBUTE.messageIntegrity, 20],
  [STUN_ATTRIBUTE.errorCode, 4],
  [STUN_ATTRIBUTE.unknownAttributes, 0],
  [STUN_ATTRIBUTE.realm, 0],
  [STUN_ATTRIBUTE.nonce, 0],
  [STUN_ATTRIBUTE.messageIntegritySha256, 16],
  [STUN_ATTRIBUTE.xorMappedAddress, BEFORE_HOST_BYTES + IPV4_BYTES],
  [STUN_ATTRIBUTE.priority, 4],
  [STUN_ATTRIBUTE.useCandidate, 0],
]);

/**
 * Writes the answer of a public STUN server: XOR-MAPPED-ADDRESS, or error 420 for an attribute that it would have to know.
 * A server spends its time here, once for each datagram: bytes are read and written where they stand, without text or
 * objects of their own (docs/performance.md has the figure).
 * @param answer at least BINDING_ANSWER_MAX_BYTES
 * @param host whom the datagram came from: 4 bytes of IPv4 or 16 of IPv6, in network order
 * @param port 0-65535
 * @returns bytes written; 0 when the request is not a well-formed Binding request: silence is the answer then
 */
export function writeBindingAnswer(answer: Uint8Array, request: Uint8Array, host: Uint8Array, port: number): number {
  if (request[0] !== 0 || request[1] !== BINDING_REQUEST_TYPE || !isStunMessage(request)) return 0;
  const unknown = unknownTypes(request);
  if (unknown === null) return 0;
  if (unknown.length === 0) return writeMappedAddress(answer, request, host, port);
  const refusal = unknownAttributesAnswer(request.subarray(8, STUN_HEADER_BYTES), unknown);
  answer.set(refusal);
  return refusal.length;
}

/** A new Binding request with a FINGERPRINT. */
export function encodeBindingRequest(transactionId: Uint8Array = randomBytes(STUN_TRANSACTION_ID_BYTES)): Uint8Array {
  return encodeStunMessage(
    { class: 'request', method: STUN_BINDING, transactionId, attributes: [] },
    { fingerprint: true },
  );
}

/**
 * The address a Binding success response tells; XOR-MAPPED-ADDRESS before MAPPED-ADDRESS, which NATs may have changed.
 * @returns null when the message is another one
 */
export function mappedAddressOf(message: StunMessage): StunAddress | null {
  if (message.class !== 'success' || message.method !== STUN_BINDING) return null;
  let plain: StunAddress | null = null;
  for (const attribute of message.attributes) {
    if (attribute.kind === 'xor-mapped-address') return attribute.endpoint;
    if (attribute.kind === 'mapped-address') plain ??= attribute.endpoint;
  }
  return plain;
}

/** Null when the attributes do not fit the message, one is cut short, or its FINGERPRINT is wrong. */
function unknownTypes(request: Uint8Array): readonly number[] | null {
  let unknown: number[] | null = null;
  let offset = STUN_HEADER_BYTES;
  while (offset < request.length) {
    // Lengths are multiples of four up to here, so an attribute's header is always whole.
    const type = uint16At(request, offset);
    const length = uint16At(request, offset + 2);
    const start = offset + ATTRIBUTE_HEADER_BYTES;
    const end = start + ((length + 3) & ~3);
    if (end > request.length) return null;
    if (type === STUN_ATTRIBUTE.fingerprint) {
      if (!isFingerprintRight(request, request.subarray(start, start + length), offset)) return null;
    } else if (type < FIRST_OPTIONAL_TYPE) {
      const fewest = UNDERSTOOD.get(type);
      if (fewest === undefined) {
        unknown ??= [];
        unknown.push(type);
      } else if (length < fewest) return null;
    }
    offset = end;
  }
  return unknown ?? NONE;
}

function isFingerprintRight(request: Uint8Array, value: Uint8Array, offset: number): boolean {
  try {
    checkFingerprint(request, value, offset);
    return true;
  } catch (error) {
    if (error instanceof StunError) return false;
    throw error;
  }
}

/** Of a request whose header has been checked: its cookie and transaction id are the answer's, too. */
function writeMappedAddress(answer: Uint8Array, request: Uint8Array, host: Uint8Array, port: number): number {
  const valueBytes = BEFORE_HOST_BYTES + host.length;
  const value = STUN_HEADER_BYTES + ATTRIBUTE_HEADER_BYTES;
  const end = value + valueBytes;
  answer[0] = 0x01;
  answer[1] = 0x01;
  answer[2] = 0;
  answer[3] = end + FINGERPRINT_BYTES - STUN_HEADER_BYTES;
  for (let at = COOKIE_START; at < STUN_HEADER_BYTES; at += 1) answer[at] = request[at] ?? 0;
  answer[20] = STUN_ATTRIBUTE.xorMappedAddress >>> 8;
  answer[21] = STUN_ATTRIBUTE.xorMappedAddress & 0xff;
  answer[22] = 0;
  answer[23] = valueBytes;
  answer[24] = 0;
  answer[25] = host.length === IPV4_BYTES ? FAMILY_IPV4 : FAMILY_IPV6;
  const maskedPort = port ^ (STUN_MAGIC_COOKIE >>> 16);
  answer[26] = maskedPort >>> 8;
  answer[27] = maskedPort & 0xff;
  for (let at = 0; at < host.length; at += 1)
    answer[value + BEFORE_HOST_BYTES + at] = (host[at] ?? 0) ^ (request[COOKIE_START + at] ?? 0);
  writeFingerprint(answer, end);
  return end + FINGERPRINT_BYTES;
}

function unknownAttributesAnswer(transactionId: Uint8Array, types: readonly number[]): Uint8Array {
  return encodeStunMessage(
    {
      class: 'error',
      method: STUN_BINDING,
      transactionId,
      attributes: [
        { kind: 'error-code', code: 420, reason: 'Unknown Attribute' },
        { kind: 'unknown-attributes', types: types.slice(0, UNKNOWN_TYPES_LIMIT) },
      ],
    },
    { fingerprint: true },
  );
}
