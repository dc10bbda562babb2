/**
 * The checksum of FINGERPRINT: CRC-32 of ITU-T V.42 (RFC 8489 section 14.7). For a few dozen bytes it takes a quarter of
 * the time of node:zlib's, whose cost is the call into native code.
 */
const POLYNOMIAL = 0xedb88320;

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1)
    remainder = (remainder & 1) === 0 ? remainder >>> 1 : (remainder >>> 1) ^ POLYNOMIAL;
  return remainder;
});

/** Of the bytes before `end`, as an unsigned number. */
export function crc32(bytes: Uint8Array, end: number): number {
  let remainder = -1;
  for (let at = 0; at < end; at += 1)
    remainder = (TABLE[(remainder ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (remainder >>> 8);
  return ~remainder >>> 0;
}
