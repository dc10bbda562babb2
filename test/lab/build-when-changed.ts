import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/**
 * Builds `output` unless it was built from the same sources before.
 * @param sources files and folders, from the repository's root; the lock file is always one of them
 */
export async function buildWhenChanged(
  output: string,
  sources: readonly string[],
  build: () => Promise<void>,
): Promise<void> {
  const wanted = await contentHash([...sources, 'package-lock.json']);
  const marker = `${output}.hash`;
  if ((await readFile(marker, 'utf8').catch(() => '')) === wanted) return;
  await build();
  await mkdir(dirname(marker), { recursive: true });
  await writeFile(marker, wanted);
}

async function contentHash(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) {
    const entries = await readdir(join(root, path), { recursive: true, withFileTypes: true }).catch(() => null);
    const files =
      entries === null
        ? [join(root, path)]
        : entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.toSorted())
      hash
        .update(file.slice(root.length))
        .update('\0')
        .update(await readFile(file))
        .update('\0');
  }
  return hash.digest('hex');
}
