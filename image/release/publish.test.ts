import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { publish } from './publish.ts';

let folder: string;
let source: string;
let target: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgegateway-publish-'));
  source = join(folder, 'source');
  target = join(folder, 'dist/image');
  await mkdir(source);
  for (const name of ['image.raw', 'SHA256SUMS']) await writeFile(join(source, name), `new ${name}`);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('shows the named files, and takes away those of another version and of a killed run', async () => {
  await mkdir(target, { recursive: true });
  for (const name of ['image.raw', 'old.raw', 'image.raw.new']) await writeFile(join(target, name), 'old');
  await publish(source, ['image.raw', 'SHA256SUMS'], target);
  expect((await readdir(target)).sort()).toEqual(['SHA256SUMS', 'image.raw']);
  expect(await readFile(join(target, 'image.raw'), 'utf8')).toBe('new image.raw');
});

test('may be done twice', async () => {
  for (let time = 0; time < 2; time += 1) await publish(source, ['image.raw', 'SHA256SUMS'], target);
  expect((await readdir(target)).sort()).toEqual(['SHA256SUMS', 'image.raw']);
});

test('leaves no checksums where a file is missing', async () => {
  await publish(source, ['image.raw', 'SHA256SUMS'], target);
  await expect(publish(source, ['missing.raw', 'SHA256SUMS'], target)).rejects.toThrow('ENOENT');
  expect(await readdir(target)).toEqual([]);
});
