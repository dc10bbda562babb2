import { link, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';
import { runCommand } from '../run-command.ts';

/**
 * Shows files of the cache in `target`, and nothing else there: second names of the same files, or copies across file
 * systems. In their order, so that the last one, the checksums, is there only when all others are.
 */
export async function publish(source: string, names: readonly string[], target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const last = names.at(-1) ?? '';
  for (const name of await readdir(target)) {
    if (name === last || !names.includes(name)) await rm(join(target, name), { recursive: true, force: true });
  }
  for (const name of names) {
    const temporary = join(target, `${name}.new`);
    await linkOrCopy(join(source, name), temporary);
    await rename(temporary, join(target, name));
    // Two names of one file are left as they are by rename(2).
    await rm(temporary, { force: true });
  }
}

async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await link(source, target);
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error;
    await runCommand('cp', ['--sparse=always', source, target]);
  }
}
