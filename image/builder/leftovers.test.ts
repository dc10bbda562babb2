import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeLeftovers } from './leftovers.ts';

let cache: string;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'edgegateway-cache-'));
});

afterEach(() => rm(cache, { recursive: true, force: true }));

async function write(name: string, content: string): Promise<void> {
  await mkdir(join(cache, dirname(name)), { recursive: true });
  await writeFile(join(cache, name), content);
}

test('what a killed build began is removed, and what is whole stays', async () => {
  for (const begun of ['node-1.new', 'images/unfinished/a.raw', 'images/1/a.raw.zst.new', 'work/tmp/x']) {
    await write(begun, '');
  }
  for (const whole of ['node-1', 'images/1/a.raw']) await write(whole, '');
  await removeLeftovers(cache);
  expect((await readdir(cache, { recursive: true })).sort()).toEqual([
    'images',
    'images/1',
    'images/1/a.raw',
    'node-1',
  ]);
});

test('an increment whose manifest was not written to its end is removed', async () => {
  await write('increment/image.manifest', '');
  await write('tree-increment/image.manifest', '{"packages": []}');
  await removeLeftovers(cache);
  expect((await readdir(cache, { recursive: true })).sort()).toEqual([
    'tree-increment',
    'tree-increment/image.manifest',
  ]);
});

test('a new cache has no leftovers', async () => {
  await expect(removeLeftovers(join(cache, 'new'))).resolves.toBeUndefined();
});
