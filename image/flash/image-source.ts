/** The mapped ranges of an image, from the raw file or from its zstd form. */
import { createReadStream } from 'node:fs';
import { createZstdDecompress } from 'node:zlib';
import { ImageError } from '../errors.ts';
import type { MappedRange } from './block-map.ts';

export interface Chunk {
  range: MappedRange;
  /** In bytes from the start of the image. */
  position: number;
  data: Buffer;
}

const CHUNK_BYTES = 1024 * 1024;

/** Gives all bytes of all ranges in their order, in pieces of at most 1 MiB; an image that ends too early gives fewer. */
export async function* mappedChunks(file: string, ranges: readonly MappedRange[]): AsyncGenerator<Chunk> {
  if (file.endsWith('.zst')) yield* chunksOfStream(decompressed(file), ranges);
  else for (const range of ranges) yield* chunksOfFile(file, range);
}

async function* chunksOfFile(file: string, range: MappedRange): AsyncGenerator<Chunk> {
  let position = range.offset;
  const stretch = { start: range.offset, end: range.offset + range.size - 1, highWaterMark: CHUNK_BYTES };
  for await (const data of createReadStream(file, stretch) as AsyncIterable<Buffer>) {
    yield { range, position, data };
    position += data.length;
  }
}

async function* decompressed(file: string): AsyncGenerator<Buffer> {
  const compressed = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  const plain = createZstdDecompress({ chunkSize: CHUNK_BYTES });
  compressed.once('error', (error) => plain.destroy(error));
  try {
    yield* compressed.pipe(plain) as AsyncIterable<Buffer>;
  } catch (error) {
    throw new ImageError('image-damaged', `${file} cannot be decompressed.`, { cause: error });
  } finally {
    compressed.destroy();
  }
}

/** A piece of the stream can end one range and begin the next. */
export async function* chunksOfStream(
  stream: AsyncIterable<Buffer>,
  ranges: readonly MappedRange[],
): AsyncGenerator<Chunk> {
  const waiting = [...ranges];
  let at = 0;
  for await (const piece of stream) {
    const end = at + piece.length;
    for (let range = waiting[0]; range !== undefined && range.offset < end; range = waiting[0]) {
      const position = Math.max(range.offset, at);
      const last = Math.min(range.offset + range.size, end);
      yield { range, position, data: piece.subarray(position - at, last - at) };
      if (range.offset + range.size > end) break;
      waiting.shift();
    }
    if (waiting.length === 0) return;
    at = end;
  }
}
