import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Notes that a folder of the cache is used now, and removes others of its kind but for the ones that were used last:
 * another clone may be working with one. Names are hashes, so the time of the last use says which are old.
 * @param kind what the names of all of them match
 * @param kept how many stay, this one included
 */
export async function keepNewest(parent: string, name: string, kind: RegExp, kept: number): Promise<void> {
  const now = new Date();
  await utimes(join(parent, name), now, now);
  const others = (await readdir(parent)).filter((other) => kind.test(other) && other !== name);
  const uses = await Promise.all(
    others.map(async (other) => ({ other, usedAt: (await stat(join(parent, other))).mtimeMs })),
  );
  const unused = uses.sort((one, other) => other.usedAt - one.usedAt).slice(kept - 1);
  for (const { other } of unused) await rm(join(parent, other), { recursive: true, force: true });
}
