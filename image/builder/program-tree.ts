/** Programs of Debian 13 as a tree of their own in the cache: the host may have older ones, or none. */
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Log, timed } from '../progress.ts';
import { hashOf } from './content-hash.ts';
import { keepNewest } from './kept-folders.ts';
import type { Mkosi } from './mkosi.ts';

export interface ProgramTree {
  readonly name: 'tools' | 'qemu';
  /** Folder with its mkosi.conf. */
  readonly definition: string;
  /** For people: `building the tree of ...`. */
  readonly content: string;
  /** One of its programs, below the tree. */
  readonly program: string;
}

export interface ProgramTreeOptions {
  mkosi: Mkosi;
  cache: string;
  sandboxTree: string;
  /** To be called before something is fetched. */
  requireArchive: () => Promise<void>;
  log: Log;
  refresh: boolean;
  signal?: AbortSignal | undefined;
}

/** The present one and one of an earlier definition, which another clone may have. */
const KEPT_TREES = 2;

export const TOOLS_TREE: ProgramTree = {
  name: 'tools',
  definition: join(import.meta.dirname, '../tools'),
  content: 'build tools',
  program: 'usr/bin/systemd-repart',
};

export const QEMU_TREE: ProgramTree = {
  name: 'qemu',
  definition: join(import.meta.dirname, '../qemu-tree'),
  content: 'QEMU',
  program: 'usr/bin/qemu-system-x86_64',
};

/** Where a tree of this definition lies, whether it has been made or not. */
export async function programTreePath(cache: string, { name, definition }: ProgramTree): Promise<string> {
  return join(cache, `${name}-${(await hashOf([definition])).slice(0, 12)}`);
}

/** Made once for each definition. @returns its folder */
export async function getProgramTree(tree: ProgramTree, options: ProgramTreeOptions): Promise<string> {
  const { cache, log } = options;
  const folder = await programTreePath(cache, tree);
  const present = await stat(join(folder, tree.program)).catch(() => undefined);
  if (!present || options.refresh) {
    await options.requireArchive();
    await timed(log, `building the tree of ${tree.content} (Debian 13)`, () => makeTree(tree, folder, options));
  }
  await keepNewest(cache, basename(folder), new RegExp(`^${tree.name}-[0-9a-f]{12}$`), KEPT_TREES);
  return folder;
}

async function makeTree(tree: ProgramTree, folder: string, options: ProgramTreeOptions): Promise<void> {
  const { mkosi, cache, sandboxTree, signal } = options;
  await mkosi.run(
    tree.definition,
    [
      '--force',
      `--sandbox-tree=${sandboxTree}`,
      `--output=${basename(folder)}`,
      `--output-directory=${cache}`,
      `--package-cache-dir=${join(cache, 'packages')}`,
      `--workspace-directory=${join(cache, 'work')}`,
      'build',
    ],
    { logFile: join(cache, `${tree.name}.log`), signal },
  );
}
