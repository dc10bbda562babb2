import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keepNewest } from './kept-folders.ts';

let parent = '';
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'kept-'));
});
afterEach(() => rm(parent, { recursive: true }));

async function usedAt(name: string, time: string): Promise<void> {
  await mkdir(join(parent, name));
  await utimes(join(parent, name), new Date(time), new Date(time));
}

it('keeps the folder in use and the last used of the others, whatever their names', async () => {
  await usedAt('tools-c', '2026-01-01');
  await usedAt('tools-a', '2026-01-02');
  await usedAt('tools-d', '2026-01-03');
  await usedAt('tools-b', '2026-01-04');
  await keepNewest(parent, 'tools-c', /^tools-/, 3);
  expect((await readdir(parent)).sort()).toEqual(['tools-b', 'tools-c', 'tools-d']);
  await keepNewest(parent, 'tools-d', /^tools-/, 2);
  expect((await readdir(parent)).sort()).toEqual(['tools-c', 'tools-d']);
});

it('leaves folders of another kind alone', async () => {
  await usedAt('tools-a', '2026-01-02');
  await usedAt('qemu-a', '2026-01-01');
  await keepNewest(parent, 'tools-a', /^tools-/, 1);
  expect((await readdir(parent)).sort()).toEqual(['qemu-a', 'tools-a']);
});
