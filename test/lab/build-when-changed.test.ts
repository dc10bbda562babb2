import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildWhenChanged } from './build-when-changed.ts';

const buildDirectory = join(import.meta.dirname, '../../build');
let folder: string;
let builds: number;

beforeEach(async () => {
  await mkdir(buildDirectory, { recursive: true });
  folder = await mkdtemp(join(buildDirectory, 'when-changed-'));
  builds = 0;
});

afterEach(() => rm(folder, { recursive: true }));

const build = () =>
  buildWhenChanged(join(folder, 'output'), [`build/${basename(folder)}/sources`], () => {
    builds += 1;
    return Promise.resolve();
  });

test('what has not changed is built once', async () => {
  await mkdir(join(folder, 'sources/inner'), { recursive: true });
  await writeFile(join(folder, 'sources/inner/one.ts'), 'one');
  await build();
  await build();
  expect(builds).toBe(1);
});

test('a changed, a new and a renamed source each have it built again', async () => {
  await mkdir(join(folder, 'sources'));
  await writeFile(join(folder, 'sources/one.ts'), 'one');
  await build();
  await writeFile(join(folder, 'sources/one.ts'), 'another');
  await build();
  await writeFile(join(folder, 'sources/two.ts'), 'two');
  await build();
  await rm(join(folder, 'sources/two.ts'));
  await writeFile(join(folder, 'sources/three.ts'), 'two');
  await build();
  expect(builds).toBe(4);
});

test('what failed is built again', async () => {
  await mkdir(join(folder, 'sources'));
  const failing = () => buildWhenChanged(join(folder, 'output'), [], () => Promise.reject(new Error('broken')));
  await expect(failing()).rejects.toThrow('broken');
  await expect(failing()).rejects.toThrow('broken');
});
