import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Log, timed } from '../progress.ts';
import type { BuildTools } from './build-tools.ts';
import { hashOf } from './content-hash.ts';
import { keepNewest } from './kept-folders.ts';
import type { Payload } from './payload.ts';
import { sourceDate } from './source-date.ts';

const DEFINITION = join(import.meta.dirname, '../mkosi');
/** The present image and one of an earlier state, so that going back and forth costs nothing. */
const KEPT_IMAGES = 2;
const FINISHED = /^[0-9a-f]{16}$/;

/** Partition and file system identifiers are derived from it; each build has the same. */
const SEED = '5f0e1b8c-6a0d-4d37-9b1f-2f8f5d5c7a41';

export interface DiskImageOptions extends BuildTools {
  payload: string;
  /** What is in it, for the bill of materials. */
  contents: Payload;
  refresh: boolean;
  log: Log;
  signal?: AbortSignal | undefined;
}

/**
 * Gives the finished image of this definition and payload, made now or found in the cache. mkosi keeps the installed
 * packages as an increment of its own: what changes with our programs is only the last step.
 */
export async function getDiskImage(options: DiskImageOptions): Promise<string> {
  const { cache, payload, version, log } = options;
  const words = [version, options.toolsTree, options.mkosi.version, JSON.stringify(options.contents)];
  const name = (await hashOf([DEFINITION, payload], words)).slice(0, 16);
  const images = join(cache, 'images');
  const file = join(images, name, `edgegateway_${version}.raw`);
  await mkdir(images, { recursive: true });
  const present = (await readdir(images)).includes(name);
  if (!present || options.refresh) {
    await timed(log, 'building the image with mkosi', () => runMkosi(options, join(images, 'unfinished')));
    await rm(join(images, name), { recursive: true, force: true });
    await rename(join(images, 'unfinished'), join(images, name));
  }
  await keepNewest(images, name, FINISHED, KEPT_IMAGES);
  return file;
}

async function runMkosi(options: DiskImageOptions, output: string): Promise<void> {
  const { cache, signal } = options;
  const increment = join(cache, 'increment');
  await rm(output, { recursive: true, force: true });
  for (const folder of [output, increment]) await mkdir(folder, { recursive: true });
  if (options.refresh || (await readdir(increment)).length === 0) await options.requireArchive();
  await options.mkosi.run(
    DEFINITION,
    [
      options.refresh ? '-ff' : '-f',
      `--sandbox-tree=${options.sandboxTree}`,
      `--tools-tree=${options.toolsTree}`,
      `--output-directory=${output}`,
      `--cache-directory=${increment}`,
      `--package-cache-dir=${join(cache, 'packages')}`,
      `--workspace-directory=${join(cache, 'work')}`,
      `--image-version=${options.version}`,
      `--extra-tree=${options.payload}`,
      `--source-date-epoch=${await sourceDate()}`,
      `--seed=${SEED}`,
      'build',
    ],
    { logFile: join(cache, 'image.log'), signal },
  );
}
