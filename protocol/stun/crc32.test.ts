import { crc32 as reference } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32 } from './crc32.ts';

test('the checksum of any bytes is that of node:zlib', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, wanted) => {
      const end = Math.min(wanted, bytes.length);
      expect(crc32(bytes, end)).toBe(reference(bytes.subarray(0, end)));
    }),
  );
});
