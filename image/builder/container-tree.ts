import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Log, timed } from '../progress.ts';
import type { BuildTools } from './build-tools.ts';
import { hashOf } from './content-hash.ts';
import { keepNewest } from './kept-folders.ts';

const DEFINITION = join(import.meta.dirname, '../mkosi');
/** What of the definition only a disk has: the tree is the same without. */
const DISK_ONLY: ReadonlySet<string> = new Set(['disk', 'mkosi.images']);
/** Trees of earlier states of the definition that are kept: another clone's tests may be running on one. */
const KEPT_TREES = 3;
const FINISHED = /^[0-9a-f]{16}$/;

export interface ContainerTreeOptions extends BuildTools {
  /** Debian packages that the tests add. */
  extraPackages: readonly string[];
  log: Log;
  signal?: AbortSignal | undefined;
}

/**
 * Gives the root file system of the image's definition as a folder, made now or found in the cache: packages, units,
 * users and masks of the image, without kernel, boot loader and our programs. It is never to be written to.
 */
export async function getContainerTree(options: ContainerTreeOptions): Promise<string> {
  const { cache, version, toolsTree, extraPackages, log } = options;
  const words = [version, toolsTree, options.mkosi.version, ...extraPackages];
  const name = (await hashOf([DEFINITION], words, (entry) => DISK_ONLY.has(entry))).slice(0, 16);
  const trees = join(cache, 'trees');
  const folder = join(trees, name);
  await mkdir(trees, { recursive: true });
  if (!(await readdir(trees)).includes(name)) {
    const unfinished = join(trees, 'unfinished');
    await timed(log, "building the gateway's tree with mkosi", () => runMkosi(options, unfinished));
    await rename(unfinished, folder);
  }
  await keepNewest(trees, name, FINISHED, KEPT_TREES);
  return join(folder, 'tree');
}

async function runMkosi(options: ContainerTreeOptions, output: string): Promise<void> {
  const { cache, signal } = options;
  const increment = join(cache, 'tree-increment');
  await rm(output, { recursive: true, force: true });
  for (const folder of [output, increment]) await mkdir(folder, { recursive: true });
  if ((await readdir(increment)).length === 0) await options.requireArchive();
  await options.mkosi.run(
    DEFINITION,
    [
      ...['--force', '--format=directory', '--bootable=no', '--dependency=', '--output=tree', '--manifest-format='],
      ...options.extraPackages.map((name) => `--package=${name}`),
      `--sandbox-tree=${options.sandboxTree}`,
      `--tools-tree=${options.toolsTree}`,
      `--output-directory=${output}`,
      `--cache-directory=${increment}`,
      `--package-cache-dir=${join(cache, 'packages')}`,
      `--workspace-directory=${join(cache, 'work')}`,
      `--image-version=${options.version}`,
      'build',
    ],
    { logFile: join(cache, 'tree.log'), signal },
  );
}
