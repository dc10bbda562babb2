import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

async function add(hash: Hash, path: string, name: string, skip: (name: string) => boolean): Promise<void> {
  const status = await lstat(path);
  if (status.isDirectory()) {
    for (const entry of (await readdir(path)).sort()) {
      if (!skip(entry)) await add(hash, join(path, entry), `${name}/${entry}`, skip);
    }
  } else if (status.isSymbolicLink()) {
    hash.update(`link ${name}\0${await readlink(path)}\0`);
  } else {
    hash.update(`file ${name}\0${(status.mode & 0o111) !== 0}\0${status.size}\0`);
    for await (const chunk of createReadStream(path)) hash.update(chunk);
  }
}

/**
 * A hash of everything that the given files and folders hold: names, contents, links and the executable bit.
 * Times and where they lie do not count, so a fresh clone has the same hash.
 */
export async function hashOf(
  paths: string[],
  words: string[] = [],
  skip: (name: string) => boolean = (name) => name === 'node_modules',
): Promise<string> {
  const hash = createHash('sha256');
  for (const word of words) hash.update(`word ${word}\0`);
  for (const path of paths) await add(hash, path, '', skip);
  return hash.digest('hex');
}
