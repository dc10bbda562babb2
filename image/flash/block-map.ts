/** Block maps in the form of bmap-tools, version 2.0 (https://github.com/yoctoproject/bmaptool). */
import { createHash } from 'node:crypto';
import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';
import { ImageError } from '../errors.ts';

/** A stretch of the image that has to be written. */
export interface MappedRange {
  /** In bytes. */
  offset: number;
  /** In bytes. */
  size: number;
  /** Lower-case hexadecimal. */
  sha256: string;
}

export interface BlockMap {
  /** In bytes. */
  imageSize: number;
  /** In ascending order, without overlap. */
  ranges: MappedRange[];
}

/** Of what no range covers, the image holds zeros. */
export interface Gap {
  offset: number;
  size: number;
}

/** 64 TiB: what is larger is no image. Sums stay far from the limits of a number. */
const LARGEST_IMAGE = 2 ** 46;
const count = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);
const checksum = z.string().regex(/^[0-9a-f]{64}$/);
const document = z.object({
  bmap: z.object({
    '@version': z.string().regex(/^2\.\d+$/),
    ImageSize: count.pipe(z.number().positive().max(LARGEST_IMAGE)),
    BlockSize: z.literal('4096').transform(Number),
    MappedBlocksCount: count,
    ChecksumType: z.literal('sha256'),
    BmapFileChecksum: checksum,
    BlockMap: z.object({
      Range: z.array(z.object({ '@chksum': checksum, '#text': z.string().regex(/^\d{1,15}(?:-\d{1,15})?$/) })),
    }),
  }),
});
type Document = z.infer<typeof document>['bmap'];

/** @throws ImageError image-damaged when this is no whole block map of this form */
export function parseBlockMap(xml: string): BlockMap {
  const map = documentOf(xml);
  // The file's checksum is taken with zeros in its own place.
  const unsigned = xml.replace(map.BmapFileChecksum, '0'.repeat(64));
  if (createHash('sha256').update(unsigned).digest('hex') !== map.BmapFileChecksum) refuse('was changed');
  const ranges = map.BlockMap.Range.map((row) => rangeOf(row, map));
  let end = 0;
  for (const { offset, size } of ranges) {
    if (size <= 0 || offset < end || offset + size > map.ImageSize) refuse('has ranges that are not in order');
    end = offset + size;
  }
  const blocks = ranges.reduce((sum, { size }) => sum + Math.ceil(size / map.BlockSize), 0);
  if (blocks !== map.MappedBlocksCount) refuse('is not whole');
  return { imageSize: map.ImageSize, ranges };
}

function documentOf(xml: string): Document {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseTagValue: false,
    processEntities: false,
    isArray: (name) => name === 'Range',
  });
  try {
    return document.parse(parser.parse(xml)).bmap;
  } catch (error) {
    throw new ImageError('image-damaged', 'The block map is not one of version 2 with SHA-256.', { cause: error });
  }
}

/** `0-4` or `7`: blocks, both ends included. The image's last block may be a short one. */
function rangeOf(row: Document['BlockMap']['Range'][number], { BlockSize, ImageSize }: Document): MappedRange {
  const [first = 0, last = first] = row['#text'].split('-').map(Number);
  const offset = first * BlockSize;
  return { offset, size: Math.min((last + 1) * BlockSize, ImageSize) - offset, sha256: row['@chksum'] };
}

function refuse(problem: string): never {
  throw new ImageError('image-damaged', `The block map ${problem}.`);
}

export function gapsOf({ imageSize, ranges }: BlockMap): Gap[] {
  const ends = [0, ...ranges.map(({ offset, size }) => offset + size)];
  const starts = [...ranges.map(({ offset }) => offset), imageSize];
  return ends
    .map((offset, index) => ({ offset, size: (starts[index] ?? imageSize) - offset }))
    .filter(({ size }) => size > 0);
}

export function mappedSize({ ranges }: BlockMap): number {
  return ranges.reduce((sum, { size }) => sum + size, 0);
}
