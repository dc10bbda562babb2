/** What a build that was killed leaves in the cache, and nobody will finish. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

const INCREMENTS = ['increment', 'tree-increment'];
/** Names that are given up by a rename when their content is whole. */
const UNFINISHED = /^unfinished$|\.new$/;

async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function isJson(file: string): Promise<boolean> {
  return readFile(file, 'utf8')
    .then(JSON.parse)
    .then(
      () => true,
      () => false,
    );
}

/** mkosi gives up at once when it finds a manifest that it did not write to its end. */
async function removeBrokenIncrement(increment: string): Promise<void> {
  const manifests = (await names(increment)).filter((name) => name.endsWith('.manifest'));
  const whole = await Promise.all(manifests.map((name) => isJson(join(increment, name))));
  if (whole.includes(false)) await rm(increment, { recursive: true, force: true });
}

/** Only while no build runs. */
export async function removeLeftovers(cache: string): Promise<void> {
  await rm(join(cache, 'work'), { recursive: true, force: true });
  for (const increment of INCREMENTS) await removeBrokenIncrement(join(cache, increment));
  const images = (await names(join(cache, 'images'))).map((name) => join('images', name));
  for (const folder of ['.', 'images', 'trees', ...images]) {
    const unfinished = (await names(join(cache, folder))).filter((name) => UNFINISHED.test(name));
    for (const name of unfinished) await rm(join(cache, folder, name), { recursive: true, force: true });
  }
}
