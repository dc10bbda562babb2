import { mkdir, statfs } from 'node:fs/promises';
import { ImageError } from '../errors.ts';

const GIB = 1024 ** 3;
/** Tools tree, packages, increment, one image and its making: 2.3 GiB seen, with room. */
const NEEDED_BYTES = 5 * GIB;

export async function checkPreconditions(cache: string): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new ImageError('not-root', 'Building the image needs root rights: it makes files of many owners.');
  }
  await mkdir(cache, { recursive: true });
  const { bavail, bsize } = await statfs(cache);
  const free = bavail * bsize;
  if (free < NEEDED_BYTES) {
    throw new ImageError(
      'disk-full',
      `The image build needs ${NEEDED_BYTES / GIB} GiB in ${cache}; only ${(free / GIB).toFixed(1)} GiB are free.`,
    );
  }
}
