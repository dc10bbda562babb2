import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ImageError } from '../errors.ts';
import { parseEntries, parseHeader } from './partition-table.ts';

function header(entriesAt: bigint, count: number, size: number): Buffer {
  const sector = Buffer.alloc(512);
  sector.write('EFI PART', 'latin1');
  sector.writeBigUInt64LE(entriesAt, 72);
  sector.writeUInt32LE(count, 80);
  sector.writeUInt32LE(size, 84);
  return sector;
}

function entry(name: string, first: bigint, last: bigint): Buffer {
  const bytes = Buffer.alloc(128);
  bytes.fill(7, 0, 32);
  bytes.writeBigUInt64LE(first, 32);
  bytes.writeBigUInt64LE(last, 40);
  bytes.write(name, 56, 'utf16le');
  return bytes;
}

describe('the partition table of a disk image', () => {
  test('gives names, offsets and sizes in bytes, and passes over empty places', () => {
    const entries = Buffer.concat([
      entry('esp', 2048n, 4095n),
      Buffer.alloc(128),
      entry('edgegateway-root', 4096n, 4096n),
    ]);
    expect(parseEntries(entries)).toEqual([
      { name: 'esp', offset: 1_048_576, size: 1_048_576 },
      { name: 'edgegateway-root', offset: 2_097_152, size: 512 },
    ]);
  });

  test('is found through its header', () => {
    expect(parseHeader(header(2n, 128, 128))).toEqual({ offset: 1024, count: 128, entrySize: 128 });
  });

  test.each([
    ['another sector', Buffer.alloc(512)],
    ['a short read', header(2n, 128, 128).subarray(0, 80)],
    ['a table of a million entries', header(2n, 1_000_000, 128)],
    ['entries of an unknown size', header(2n, 128, 256)],
  ])('%s is refused', (_what, sector) => {
    expect(() => parseHeader(sector)).toThrow(ImageError);
  });

  test('entries of any content are read without harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1024 }), (bytes) => {
        expect(parseEntries(Buffer.from(bytes)).length).toBeLessThanOrEqual(bytes.length / 128);
      }),
    );
  });
});
