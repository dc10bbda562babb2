import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Log, timed } from '../progress.ts';
import { hashOf } from './content-hash.ts';
import type { Mkosi } from './mkosi.ts';

const DEFINITION = join(import.meta.dirname, '../tools');

/** Debian 13's build programs as a tree; made once and kept until its definition changes. */
export async function getToolsTree(options: {
  mkosi: Mkosi;
  cache: string;
  sandboxTree: string;
  requireArchive: () => Promise<void>;
  log: Log;
  refresh: boolean;
  signal?: AbortSignal | undefined;
}): Promise<string> {
  const name = `tools-${(await hashOf([DEFINITION], [options.mkosi.version])).slice(0, 12)}`;
  const tree = join(options.cache, name);
  const present = await stat(join(tree, 'usr/bin/systemd-repart')).catch(() => undefined);
  if (present && !options.refresh) return tree;
  await options.requireArchive();
  await timed(options.log, 'building the tree of build tools (Debian 13)', () =>
    options.mkosi.run(
      DEFINITION,
      [
        '--force',
        `--sandbox-tree=${options.sandboxTree}`,
        `--output=${name}`,
        `--output-directory=${options.cache}`,
        `--package-cache-dir=${join(options.cache, 'packages')}`,
        `--workspace-directory=${join(options.cache, 'work')}`,
        'build',
      ],
      { logFile: join(options.cache, 'tools.log'), signal: options.signal },
    ),
  );
  for (const other of await readdir(options.cache)) {
    if (/^tools-[0-9a-f]{12}$/.test(other) && other !== name) {
      await rm(join(options.cache, other), { recursive: true, force: true });
    }
  }
  return tree;
}
