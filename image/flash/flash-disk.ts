/** Puts an image onto a disk: zeros, content, and whether the disk gives it back. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { codeOf, ImageError } from '../errors.ts';
import { runCommand } from '../run-command.ts';
import { type BlockMap, mappedSize } from './block-map.ts';
import { mappedChunks } from './image-source.ts';
import { verifyRanges, writeRanges, zeroGaps } from './transfer.ts';

export interface FlashOptions {
  device: string;
  /** A raw image, or its zstd form with the ending `.zst`. */
  image: string;
  map: BlockMap;
  /** Gives what is to be told with the number of bytes that are done now. */
  stage: (what: string, total: number) => (bytes: number) => void;
  signal?: AbortSignal | undefined;
}

/** @throws ImageError disk-refused, image-damaged, disk-unusable; AbortError */
export async function flashDisk({ device, image, map, stage, signal }: FlashOptions): Promise<void> {
  const target = await openAlone(device);
  try {
    const mapped = mappedSize(map);
    const zero = (offset: number, size: number): Promise<string> => zeroOut(device, offset, size);
    await zeroGaps(map, zero, stage('clearing', map.imageSize - mapped), signal);
    const chunks = mappedChunks(image, map.ranges);
    await writeRanges(chunks, { map, target, advance: stage('writing', mapped), signal });
    // Otherwise the kernel answers out of its memory what the disk should answer.
    await runCommand('blockdev', ['--flushbufs', device]);
    await verifyRanges({ map, target, advance: stage('verifying', mapped), signal });
  } finally {
    await target.close();
  }
}

/** The kernel refuses where anybody has mounted or claimed it meanwhile (open(2), O_EXCL on a block device). */
async function openAlone(device: string): Promise<FileHandle> {
  return open(device, constants.O_RDWR | constants.O_EXCL).catch((error: unknown) => {
    const problem = codeOf(error) === 'EBUSY' ? 'is in use.' : 'cannot be opened for writing.';
    throw new ImageError('disk-refused', `${device} ${problem}`, { cause: error });
  });
}

/** The kernel has the disk discard where that gives zeros, and writes them where it does not; `--force`, because we hold it. */
async function zeroOut(device: string, offset: number, size: number): Promise<string> {
  return runCommand('blkdiscard', ['--force', '--zeroout', '--offset', `${offset}`, '--length', `${size}`, device]);
}
