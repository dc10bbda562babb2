/** Writes an image by its block map and reads it back; every range is held to its checksum both times. */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { ImageError } from '../errors.ts';
import { type BlockMap, gapsOf, type MappedRange } from './block-map.ts';
import type { Chunk } from './image-source.ts';

export interface TransferOptions {
  map: BlockMap;
  target: FileHandle;
  /** Told with the number of bytes that are done now. */
  advance: (bytes: number) => void;
  signal?: AbortSignal | undefined;
}

const PIECE_BYTES = 1024 * 1024;
/** Small enough for a progress that moves, where the disk has to write its zeros. */
const ZEROED_AT_ONCE = 64 * 1024 * 1024;

/** Makes zeros of all that the map does not cover: what the disk held before must not shine through. */
export async function zeroGaps(
  map: BlockMap,
  zero: (offset: number, size: number) => Promise<unknown>,
  advance: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  for (const gap of gapsOf(map)) {
    for (let done = 0; done < gap.size; done += ZEROED_AT_ONCE) {
      signal?.throwIfAborted();
      const size = Math.min(ZEROED_AT_ONCE, gap.size - done);
      await zero(gap.offset + done, size);
      advance(size);
    }
  }
}

/** @throws ImageError image-damaged when the image is not the one of the map; AbortError */
export async function writeRanges(chunks: AsyncIterable<Chunk>, options: TransferOptions): Promise<void> {
  const { map, target, advance, signal } = options;
  const sums = new Map(map.ranges.map((range) => [range, createHash('sha256')]));
  for await (const { range, position, data } of chunks) {
    signal?.throwIfAborted();
    await writeWhole(target, data, position);
    sums.get(range)?.update(data);
    advance(data.length);
  }
  for (const [range, sum] of sums) {
    if (sum.digest('hex') !== range.sha256)
      throw new ImageError('image-damaged', 'The image is not the one of its map.');
  }
  await target.sync();
}

/** @throws ImageError disk-unusable when the disk gives back something else; AbortError */
export async function verifyRanges(options: TransferOptions): Promise<void> {
  for (const range of options.map.ranges) {
    if ((await checksumOf(range, options)) !== range.sha256) {
      const place = `${range.offset} to ${range.offset + range.size}`;
      throw new ImageError('disk-unusable', `The disk gives back something else than was written, in bytes ${place}.`);
    }
  }
}

async function checksumOf(range: MappedRange, { target, advance, signal }: TransferOptions): Promise<string> {
  const sum = createHash('sha256');
  const piece = Buffer.alloc(PIECE_BYTES);
  for (let done = 0; done < range.size; ) {
    signal?.throwIfAborted();
    const wanted = Math.min(piece.length, range.size - done);
    const { bytesRead } = await target.read(piece, 0, wanted, range.offset + done);
    if (bytesRead === 0) break;
    sum.update(piece.subarray(0, bytesRead));
    advance(bytesRead);
    done += bytesRead;
  }
  return sum.digest('hex');
}

async function writeWhole(target: FileHandle, data: Buffer, position: number): Promise<void> {
  for (let done = 0; done < data.length; ) {
    const { bytesWritten } = await target.write(data, done, data.length - done, position + done);
    done += bytesWritten;
  }
}
