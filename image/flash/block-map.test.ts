import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ImageError } from '../errors.ts';
import { gapsOf, parseBlockMap } from './block-map.ts';

const BLOCK = 4096;
const SUM = 'ab'.repeat(32);

interface Written {
  imageSize?: number;
  ranges?: string[];
  mapped?: number;
  version?: string;
  blockSize?: number;
}

function signed(xml: string): string {
  return xml.replace('0'.repeat(64), createHash('sha256').update(xml).digest('hex'));
}

function written({
  imageSize = 10 * BLOCK,
  ranges = ['0-4', '7'],
  mapped = 6,
  version = '2.0',
  blockSize = BLOCK,
}: Written = {}) {
  return signed(`<?xml version="1.0" ?>
<!-- A comment, as bmaptool writes many. -->
<bmap version="${version}">
  <ImageSize> ${imageSize} </ImageSize>
  <BlockSize> ${blockSize} </BlockSize>
  <BlocksCount> ${Math.ceil(imageSize / BLOCK)} </BlocksCount>
  <MappedBlocksCount> ${mapped}  </MappedBlocksCount>
  <ChecksumType> sha256 </ChecksumType>
  <BmapFileChecksum> ${'0'.repeat(64)} </BmapFileChecksum>
  <BlockMap>
    ${ranges.map((range) => `<Range chksum="${SUM}"> ${range} </Range>`).join('\n')}
  </BlockMap>
</bmap>
`);
}

describe('a block map', () => {
  test('gives its ranges in bytes, and what lies between them', () => {
    const map = parseBlockMap(written());
    expect(map).toEqual({
      imageSize: 10 * BLOCK,
      ranges: [
        { offset: 0, size: 5 * BLOCK, sha256: SUM },
        { offset: 7 * BLOCK, size: BLOCK, sha256: SUM },
      ],
    });
    expect(gapsOf(map)).toEqual([
      { offset: 5 * BLOCK, size: 2 * BLOCK },
      { offset: 8 * BLOCK, size: 2 * BLOCK },
    ]);
  });

  test('ends with the image, also in the middle of a block', () => {
    const { ranges } = parseBlockMap(written({ imageSize: BLOCK + 512, ranges: ['0-1'], mapped: 2 }));
    expect(ranges).toEqual([{ offset: 0, size: BLOCK + 512, sha256: SUM }]);
  });

  test('may have a single range', () => {
    expect(parseBlockMap(written({ ranges: ['3'], mapped: 1 })).ranges).toHaveLength(1);
  });

  test.each([
    ['a range beyond the end', written({ ranges: ['0-10'], mapped: 11 })],
    ['ranges that overlap', written({ ranges: ['0-4', '4-5'], mapped: 7 })],
    ['ranges in another order', written({ ranges: ['7', '0-4'] })],
    ['a range that ends before it begins', written({ ranges: ['4-2'], mapped: 0 })],
    ['a missing range', written({ mapped: 7 })],
    ['an older form', written({ version: '1.4' })],
    ['blocks of another size', written({ blockSize: 512 })],
    ['an image of no size', written({ imageSize: 0, ranges: ['0'], mapped: 1 })],
    ['a changed character', written().replace('0-4', '0-3')],
    ['no map at all', '<html></html>'],
    ['nothing', ''],
  ])('with %s is refused', (_what, xml) => {
    expect(() => parseBlockMap(xml)).toThrow(ImageError);
  });

  test('of any content is read or refused, and what is read is in order', () => {
    const place = fc.nat({ max: 12 });
    const range = fc.tuple(place, place).map(([first, last]) => `${first}-${last}`);
    const map = fc.record({ imageSize: fc.nat(12 * BLOCK), ranges: fc.array(range), mapped: place }).map(written);
    fc.assert(
      fc.property(
        fc.oneof(
          map,
          fc.string({ unit: 'binary' }),
          fc.string().map((text) => `<bmap>${text}`),
        ),
        (xml) => {
          let end = 0;
          for (const { offset, size } of parsedOrNothing(xml)) {
            expect(offset).toBeGreaterThanOrEqual(end);
            expect(size).toBeGreaterThan(0);
            end = offset + size;
          }
        },
      ),
    );
  });
});

function parsedOrNothing(xml: string): ReturnType<typeof parseBlockMap>['ranges'] {
  try {
    return parseBlockMap(xml).ranges;
  } catch (error) {
    if (error instanceof ImageError) return [];
    throw error;
  }
}
