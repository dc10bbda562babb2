/**
 * Addresses in STUN attributes: MAPPED-ADDRESS as it is, XOR-MAPPED-ADDRESS hidden from NATs that rewrite whatever
 * looks like an address (RFC 8489 sections 14.1 and 14.2). Address text as node:dgram gives and takes it.
 */
import { StunError } from './error.ts';
import { STUN_MAGIC_COOKIE, viewOf } from './header.ts';

export interface StunAddress {
  readonly family: 'IPv4' | 'IPv6';
  /** IPv4 dotted, or IPv6 without a zone; a decoded one as RFC 5952 writes it. */
  readonly address: string;
  /** 0-65535 */
  readonly port: number;
}

const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;

/**
 * @param mask the transaction id for the XOR form, null for the plain one
 * @throws StunError (`malformed`)
 */
export function decodeStunAddress(value: Uint8Array, mask: Uint8Array | null): StunAddress {
  const family = value[1];
  const length = family === FAMILY_IPV4 ? 4 : 16;
  if ((family !== FAMILY_IPV4 && family !== FAMILY_IPV6) || value.length !== 4 + length)
    throw new StunError('malformed', 'an address has an unknown family or a wrong length');
  const clear = mask === null ? value : unmasked(value, mask);
  const port = viewOf(clear).getUint16(2);
  const host = clear.subarray(4);
  return family === FAMILY_IPV4
    ? { family: 'IPv4', address: host.join('.'), port }
    : { family: 'IPv6', address: formatIpv6(host), port };
}

/**
 * @throws StunError (`not-encodable`)
 */
export function encodeStunAddress({ family, address, port }: StunAddress, mask: Uint8Array | null): Uint8Array {
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new StunError('not-encodable', `port ${port} is not within 0-65535`);
  const host = family === 'IPv4' ? parseIpv4(address) : parseIpv6(address);
  if (host === null) throw new StunError('not-encodable', `"${address}" is not an ${family} address`);
  const value = new Uint8Array(4 + host.length);
  value[1] = family === 'IPv4' ? FAMILY_IPV4 : FAMILY_IPV6;
  viewOf(value).setUint16(2, port);
  value.set(host, 4);
  return mask === null ? value : unmasked(value, mask);
}

/** Its own inverse. The port is masked with the upper half of the cookie, the address with cookie and transaction id. */
function unmasked(value: Uint8Array, transactionId: Uint8Array): Uint8Array {
  const result = new Uint8Array(value);
  const view = viewOf(result);
  view.setUint16(2, view.getUint16(2) ^ (STUN_MAGIC_COOKIE >>> 16));
  view.setUint32(4, view.getUint32(4) ^ STUN_MAGIC_COOKIE);
  const mask = viewOf(transactionId);
  for (let offset = 8; offset < result.length; offset += 4)
    view.setUint32(offset, view.getUint32(offset) ^ mask.getUint32(offset - 8));
  return result;
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.');
  const valid = parts.length === 4 && parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256);
  return valid ? Uint8Array.from(parts, Number) : null;
}

function parseIpv6(text: string): Uint8Array | null {
  const [head = '', tail, ...more] = withoutDottedTail(text).split('::');
  if (more.length > 0) return null;
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...before, ...Array<string>(missing).fill('0'), ...after];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  const bytes = new Uint8Array(16);
  const view = viewOf(bytes);
  for (const [index, group] of groups.entries()) view.setUint16(index * 2, Number.parseInt(group, 16));
  return bytes;
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':');
}

/** `::ffff:192.0.2.1` as `::ffff:c000:201`; what is not an address stays wrong. */
function withoutDottedTail(text: string): string {
  const start = text.lastIndexOf(':') + 1;
  const bytes = start === 0 ? null : parseIpv4(text.slice(start));
  if (bytes === null) return text;
  const view = viewOf(bytes);
  return `${text.slice(0, start)}${view.getUint16(0).toString(16)}:${view.getUint16(2).toString(16)}`;
}

/** RFC 5952: lower case, no leading zeros, the first longest run of at least two zero groups as `::`. */
function formatIpv6(bytes: Uint8Array): string {
  const view = viewOf(bytes);
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(index * 2));
  let start = 0;
  let length = 1;
  for (let index = 0; index < 8; index += 1) {
    const end = groups.findIndex((group, at) => at >= index && group !== 0);
    const run = (end === -1 ? 8 : end) - index;
    if (run > length) [start, length] = [index, run];
  }
  const text = groups.map((group) => group.toString(16));
  if (length < 2) return text.join(':');
  return `${text.slice(0, start).join(':')}::${text.slice(start + length).join(':')}`;
}
