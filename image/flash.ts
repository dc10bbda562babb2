/**
 * Writes the gateway's image onto a disk and reads it back: `node image/flash.ts DEVICE [--image FILE] [--yes]`
 *
 *     --image FILE   a raw image, or its zstd form; its block map lies beside it. What `npm run image` made otherwise.
 *     --yes          do not ask for the disk's name again
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { productVersion } from './builder/payload.ts';
import { ImageError, STOPPED, tell } from './errors.ts';
import { type BlockMap, parseBlockMap } from './flash/block-map.ts';
import { type BlockDevice, blockDeviceAt, gigabytes, refuseUnlessFree } from './flash/disk.ts';
import { flashDisk } from './flash/flash-disk.ts';
import { progressLine } from './flash/progress-line.ts';
import { deliveryDirectory } from './paths.ts';

const SHOWN_EVERY_MILLISECONDS = 500;
/** Where nobody watches, a line for each tenth is enough. */
const PERCENT_STEP = 10;

async function blockMapOf(image: string): Promise<BlockMap> {
  const file = `${image.replace(/\.zst$/, '')}.bmap`;
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new ImageError('no-image', `${file} cannot be read.`, { cause: error });
  });
  return parseBlockMap(text);
}

/** @throws ImageError disk-refused unless the user names the disk a second time */
async function confirm({ path, size, model }: BlockDevice): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new ImageError('disk-refused', `Nobody can be asked whether ${path} may be overwritten: add --yes.`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    console.log(`Everything on ${path} (${model ?? 'unknown model'}, ${gigabytes(size)}) will be lost.`);
    const answer = await terminal.question('Type the name of the disk again to go on: ');
    if (answer.trim() !== path) throw new ImageError('disk-refused', 'That is another name.');
  } finally {
    terminal.close();
  }
}

/** Shows one stage as it goes on: in one line of a terminal, in a few lines of a log. */
function showStage(what: string, total: number): (bytes: number) => void {
  const begin = performance.now();
  let done = 0;
  let shownAt = -Infinity;
  let shownPercent = -Infinity;
  return (bytes) => {
    done += bytes;
    const now = performance.now();
    const percent = (done / total) * 100;
    const isDue = process.stdout.isTTY
      ? now - shownAt >= SHOWN_EVERY_MILLISECONDS
      : percent - shownPercent >= PERCENT_STEP;
    if (!isDue && done < total) return;
    shownAt = now;
    shownPercent = percent;
    const line = progressLine({ what, total, done, seconds: (now - begin) / 1000 });
    process.stdout.write(process.stdout.isTTY && done < total ? `\r\x1b[K${line}` : `${clearLine()}${line}\n`);
  };
}

function clearLine(): string {
  return process.stdout.isTTY ? '\r\x1b[K' : '';
}

async function flash(device: string, image: string, isConfirmed: boolean): Promise<void> {
  const map = await blockMapOf(image);
  const disk = await blockDeviceAt(device);
  refuseUnlessFree(disk, map.imageSize);
  if (!isConfirmed) await confirm(disk);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  try {
    await flashDisk({ device, image, map, stage: showStage, signal: stop.signal });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    console.error(`\nStopped. ${device} is not usable now: write the image again before a gateway boots from it.`);
    process.exitCode = STOPPED;
    return;
  }
  console.log(`${device} holds the image, as read back. Take it out, or boot from it.`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { image: { type: 'string' }, yes: { type: 'boolean', default: false } },
  });
  const [device, ...more] = positionals;
  if (device === undefined || more.length > 0) {
    throw new ImageError('disk-refused', 'Needed: the name of one disk, for example /dev/sdb.');
  }
  const image = values.image ?? join(deliveryDirectory, `edgegateway_${await productVersion()}.raw`);
  await flash(device, image, values.yes);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    process.exitCode = tell(error);
  }
}
