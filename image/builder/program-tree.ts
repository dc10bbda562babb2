/** Programs of Debian 13 as a tree of their own in the cache: the host may have older ones, or none. */
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Log, timed } from '../progress.ts';
import { hashOf } from './content-hash.ts';
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

/** Made once, and kept until its definition changes. @returns its folder */
export async function getProgramTree(
  tree: ProgramTree,
  options: {
    mkosi: Mkosi;
    cache: string;
    sandboxTree: string;
    requireArchive: () => Promise<void>;
    log: Log;
    refresh: boolean;
    signal?: AbortSignal | undefined;
  },
): Promise<string> {
  const { mkosi, cache, sandboxTree, log, signal } = options;
  const folder = await programTreePath(cache, tree);
  const present = await stat(join(folder, tree.program)).catch(() => undefined);
  if (present && !options.refresh) return folder;
  await options.requireArchive();
  await timed(log, `building the tree of ${tree.content} (Debian 13)`, () =>
    mkosi.run(
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
    ),
  );
  const older = new RegExp(`^${tree.name}-[0-9a-f]{12}$`);
  for (const other of await readdir(cache)) {
    if (older.test(other) && other !== basename(folder)) await rm(join(cache, other), { recursive: true, force: true });
  }
  return folder;
}
