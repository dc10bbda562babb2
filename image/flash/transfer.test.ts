import { createHash } from 'node:crypto';
import { type FileHandle, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BlockMap } from './block-map.ts';
import { type Chunk, chunksOfStream, mappedChunks } from './image-source.ts';
import { verifyRanges, writeRanges, zeroGaps } from './transfer.ts';

const BLOCK = 4096;
const nothing = (): void => undefined;

let folder: string;
let disk: FileHandle;
let image: Buffer;
let map: BlockMap;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgegateway-flash-'));
  image = Buffer.alloc(8 * BLOCK);
  image.fill(1, 0, 2 * BLOCK);
  image.fill(2, 5 * BLOCK, 6 * BLOCK);
  map = mapOf(image, [
    [0, 2],
    [5, 6],
  ]);
  await writeFile(join(folder, 'a.raw'), image);
  await writeFile(join(folder, 'a.raw.zst'), zstdCompressSync(image));
  await writeFile(join(folder, 'disk'), Buffer.alloc(10 * BLOCK, 9));
  disk = await open(join(folder, 'disk'), 'r+');
});

afterEach(async () => {
  await disk.close();
  await rm(folder, { recursive: true, force: true });
});

function mapOf(bytes: Buffer, blocks: readonly (readonly [number, number])[]): BlockMap {
  const ranges = blocks.map(([first, end]) => {
    const sha256 = createHash('sha256')
      .update(bytes.subarray(first * BLOCK, end * BLOCK))
      .digest('hex');
    return { offset: first * BLOCK, size: (end - first) * BLOCK, sha256 };
  });
  return { imageSize: bytes.length, ranges };
}

function write(name: string, advance: (bytes: number) => void = nothing, signal?: AbortSignal): Promise<void> {
  return writeRanges(mappedChunks(join(folder, name), map.ranges), { map, target: disk, advance, signal });
}

async function zero(offset: number, size: number): Promise<void> {
  await disk.write(Buffer.alloc(size), 0, size, offset);
}

describe('an image is written', () => {
  test.each(['a.raw', 'a.raw.zst'])('from %s, and the disk then holds it, zeros and all', async (name) => {
    let done = 0;
    await zeroGaps(map, zero, nothing);
    await write(name, (bytes) => {
      done += bytes;
    });
    await expect(verifyRanges({ map, target: disk, advance: nothing })).resolves.toBeUndefined();
    expect(done).toBe(3 * BLOCK);
    expect((await readFile(join(folder, 'disk'))).subarray(0, image.length)).toEqual(image);
  });

  test('and not beyond its end', async () => {
    await zeroGaps(map, zero, nothing);
    await write('a.raw');
    expect((await readFile(join(folder, 'disk'))).subarray(image.length)).toEqual(Buffer.alloc(2 * BLOCK, 9));
  });

  test('not to its end when it is stopped', async () => {
    const stop = new AbortController();
    await expect(write('a.raw', () => stop.abort(), stop.signal)).rejects.toThrow('aborted');
  });
});

describe('what is not as the map says is refused', () => {
  test('an image with a changed byte', async () => {
    image.writeUInt8(7, 5 * BLOCK);
    await writeFile(join(folder, 'a.raw'), image);
    await expect(write('a.raw')).rejects.toThrow('not the one of its map');
  });

  test('an image that ends too early', async () => {
    await writeFile(join(folder, 'a.raw.zst'), zstdCompressSync(image.subarray(0, 5 * BLOCK)));
    await expect(write('a.raw.zst')).rejects.toThrow('not the one of its map');
  });

  test('a compressed image that is cut off', async () => {
    await writeFile(join(folder, 'a.raw.zst'), zstdCompressSync(image).subarray(0, -5));
    await expect(write('a.raw.zst')).rejects.toThrow(/cannot be decompressed|not the one of its map/);
  });

  test('a disk that gives back another byte', async () => {
    await write('a.raw');
    await disk.write(Buffer.from([7]), 0, 1, BLOCK);
    await expect(verifyRanges({ map, target: disk, advance: nothing })).rejects.toThrow('something else');
  });

  test('a disk that ends too early', async () => {
    await write('a.raw');
    await disk.truncate(BLOCK);
    await expect(verifyRanges({ map, target: disk, advance: nothing })).rejects.toThrow('something else');
  });
});

test('the ranges of a stream are the same however it is cut', async () => {
  const bytes = Buffer.from(Array.from({ length: 8 * BLOCK }, (_, index) => index % 251));
  const { ranges } = mapOf(bytes, [
    [0, 1],
    [1, 3],
    [4, 8],
  ]);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 3 * BLOCK }), { maxLength: 20 }), async (sizes) => {
      const found = Buffer.alloc(bytes.length, 255);
      const expected = Buffer.concat([
        bytes.subarray(0, 3 * BLOCK),
        Buffer.alloc(BLOCK, 255),
        bytes.subarray(4 * BLOCK),
      ]);
      for await (const { position, data } of chunksOfStream(cut(bytes, sizes), ranges)) found.set(data, position);
      expect(found.equals(expected)).toBe(true);
    }),
  );
});

async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

test('a chunk names its range', async () => {
  const chunks: Chunk[] = [];
  for await (const chunk of mappedChunks(join(folder, 'a.raw'), map.ranges)) chunks.push(chunk);
  expect(chunks.map(({ range, position }) => [range, position])).toEqual(
    map.ranges.map((range) => [range, range.offset]),
  );
});
