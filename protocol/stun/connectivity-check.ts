/**
 * Connectivity checks: Binding requests between two ends that know each other's password (RFC 8445 section 7,
 * short-term credentials of RFC 8489 section 9.1).
 *
 * A nomination carries USE-CANDIDATE and the epoch of the client's decision (protocol/relay-frame.ts) in an attribute
 * of our own, which who does not know it may ignore. Likewise each check may say how large the packets are that its sender
 * sends on that path.
 *
 * A check with PADDING (RFC 5780 section 7.6) is answered with as much of it: question and answer show that a datagram of
 * their length passes, each in its direction.
 */
import type { StunAddress } from './address.ts';
import { STUN_ATTRIBUTE, type StunAttribute } from './attributes.ts';
import { StunError } from './error.ts';
import { STUN_BINDING } from './header.ts';
import { checkMessageIntegrity, decodeStunMessage, encodeStunMessage, type StunMessage } from './message.ts';

/** Both comprehension-optional, from the range that nobody has registered. */
const EPOCH_ATTRIBUTE = 0xc0e0;
const PACKET_BYTES_ATTRIBUTE = 0xc0e1;

const ATTRIBUTE_HEADER_BYTES = 4;

/** RFC 8445 section 5.1.2.1: the type preference of a peer-reflexive candidate, which a check announces. */
const PEER_REFLEXIVE_PRIORITY = (110 << 24) | (0xffff << 8) | 0xff;

/** Longest USERNAME of ours: two fragments of 64 characters and a colon. */
const USERNAME_LIMIT = 129;

/** An Ethernet packet: no check of ours is longer, and an answer is never longer than its question may be. */
const CHECK_LIMIT_BYTES = 1500;

export interface ConnectivityCheck {
  /** 12 bytes */
  readonly transactionId: Uint8Array;
  /** The fragment of the one who is asked, then that of the one who asks. */
  readonly remoteFragment: string;
  readonly localFragment: string;
  readonly role: 'controlling' | 'controlled';
  /** Present in a nomination. */
  readonly nominates: number | null;
  /** The largest packet inside the tunnel, 0 to 65535; null: the sender does not say. */
  readonly packetBytes: number | null;
  /** The length of the whole message, a multiple of four, reached by PADDING; null: as long as it is. */
  readonly paddedTo: number | null;
}

/**
 * @param password that of the one who is asked
 * @throws StunError (`not-encodable`) when the message cannot have the length `paddedTo`
 */
export function encodeConnectivityCheck(
  check: ConnectivityCheck,
  tieBreaker: Uint8Array,
  password: string,
): Uint8Array {
  const { transactionId, remoteFragment, localFragment, role, nominates, packetBytes, paddedTo } = check;
  const roleType = role === 'controlling' ? STUN_ATTRIBUTE.iceControlling : STUN_ATTRIBUTE.iceControlled;
  const priority = new Uint8Array(4);
  new DataView(priority.buffer).setUint32(0, PEER_REFLEXIVE_PRIORITY);
  const attributes: StunAttribute[] = [
    { kind: 'username', text: `${remoteFragment}:${localFragment}` },
    { kind: 'raw', type: STUN_ATTRIBUTE.priority, value: priority },
    { kind: 'raw', type: roleType, value: tieBreaker },
  ];
  if (nominates !== null) {
    attributes.push({ kind: 'raw', type: STUN_ATTRIBUTE.useCandidate, value: new Uint8Array(0) });
    attributes.push({ kind: 'raw', type: EPOCH_ATTRIBUTE, value: Uint8Array.of(nominates) });
  }
  if (packetBytes !== null)
    attributes.push({
      kind: 'raw',
      type: PACKET_BYTES_ATTRIBUTE,
      value: Uint8Array.of(packetBytes >>> 8, packetBytes),
    });
  return protectedMessage({ class: 'request', method: STUN_BINDING, transactionId, attributes }, password, paddedTo);
}

/**
 * The success response to a check, proved with the same password.
 * @param paddedTo as for the check
 * @throws StunError (`not-encodable`) when the message cannot have the length `paddedTo`
 */
export function encodeCheckResponse(
  transactionId: Uint8Array,
  source: StunAddress,
  password: string,
  paddedTo: number | null,
): Uint8Array {
  const attributes: StunAttribute[] = [{ kind: 'xor-mapped-address', endpoint: source }];
  return protectedMessage({ class: 'success', method: STUN_BINDING, transactionId, attributes }, password, paddedTo);
}

export interface ReceivedCheck {
  readonly transactionId: Uint8Array;
  readonly localFragment: string;
  readonly remoteFragment: string;
  readonly nominates: number | null;
  readonly packetBytes: number | null;
  /** The length of the check and of the answer that it asks for; null: it had no PADDING. */
  readonly paddedTo: number | null;
}

/**
 * Reads a check that somebody claims to be one of the other end's.
 * @param passwordOf the password that belongs to the receiver's own fragment; null: nobody of that name here
 * @returns null when it proves nothing; a receiver stays silent then
 */
export function readConnectivityCheck(
  bytes: Uint8Array,
  passwordOf: (localFragment: string) => string | null,
): ReceivedCheck | null {
  const message = decoded(bytes);
  if (message?.class !== 'request' || message.method !== STUN_BINDING) return null;
  const username = message.attributes.find((attribute) => attribute.kind === 'username');
  const text = username !== undefined && 'text' in username ? username.text : '';
  const [localFragment = '', remoteFragment = '', ...rest] = text.split(':');
  if (text.length > USERNAME_LIMIT || remoteFragment === '' || rest.length > 0) return null;
  const password = passwordOf(localFragment);
  if (password === null || checkMessageIntegrity(bytes, Buffer.from(password, 'utf8')) !== 'valid') return null;
  return {
    ...{ transactionId: message.transactionId, localFragment, remoteFragment },
    nominates: nominationOf(message),
    packetBytes: packetBytesOf(message),
    paddedTo: rawValue(message.attributes, STUN_ATTRIBUTE.padding) === null ? null : bytes.length,
  };
}

/** Whether this is the success response of the one who holds `password`. */
export function isCheckResponse(bytes: Uint8Array, password: string): boolean {
  const message = decoded(bytes);
  if (message?.class !== 'success' || message.method !== STUN_BINDING) return false;
  return checkMessageIntegrity(bytes, Buffer.from(password, 'utf8')) === 'valid';
}

function nominationOf({ attributes }: StunMessage): number | null {
  const isNominated = rawValue(attributes, STUN_ATTRIBUTE.useCandidate) !== null;
  const epoch = rawValue(attributes, EPOCH_ATTRIBUTE);
  return isNominated && epoch?.length === 1 ? (epoch[0] ?? null) : null;
}

function packetBytesOf({ attributes }: StunMessage): number | null {
  const [high, low, ...rest] = rawValue(attributes, PACKET_BYTES_ATTRIBUTE) ?? [];
  return high === undefined || low === undefined || rest.length > 0 ? null : (high << 8) | low;
}

function protectedMessage(message: StunMessage, password: string, paddedTo: number | null): Uint8Array {
  const protection = { integrityKey: Buffer.from(password, 'utf8'), fingerprint: true };
  const bytes = encodeStunMessage(message, protection);
  if (paddedTo === null) return bytes;
  const length = paddedTo - bytes.length - ATTRIBUTE_HEADER_BYTES;
  if (length < 0 || paddedTo % 4 !== 0 || paddedTo > CHECK_LIMIT_BYTES)
    throw new StunError('not-encodable', `a check cannot be ${paddedTo} bytes long`);
  const padding: StunAttribute = { kind: 'raw', type: STUN_ATTRIBUTE.padding, value: new Uint8Array(length) };
  return encodeStunMessage({ ...message, attributes: [...message.attributes, padding] }, protection);
}

function rawValue(attributes: readonly StunAttribute[], type: number): Uint8Array | null {
  for (const attribute of attributes) if (attribute.kind === 'raw' && attribute.type === type) return attribute.value;
  return null;
}

function decoded(bytes: Uint8Array): StunMessage | null {
  if (bytes.length > CHECK_LIMIT_BYTES) return null;
  try {
    return decodeStunMessage(bytes);
  } catch (error) {
    if (error instanceof StunError) return null;
    throw error;
  }
}
