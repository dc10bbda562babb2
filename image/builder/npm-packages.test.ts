import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { npmPackagesOf, npmPackagesOfLicenses } from './npm-packages.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgegateway-packages-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function install(path: string, name: string, version: string, license?: unknown): Promise<void> {
  const place = join(folder, path);
  await mkdir(place, { recursive: true });
  await writeFile(join(place, 'package.json'), JSON.stringify({ name, version, license }));
}

test('the packages of a bundle are those whose files it read, the inner one of two', async () => {
  await install('node_modules/outer', 'outer', '1.0.0', 'MIT');
  await install('node_modules/outer/node_modules/@scope/inner', '@scope/inner', '2.0.0');
  const files = ['outer/a.js', 'outer/lib/b.js', 'outer/node_modules/@scope/inner/c.js'];
  const sources = files.map((file) => join(folder, 'node_modules', file));
  expect(await npmPackagesOf([...sources, join(folder, 'appliance/main.ts')])).toEqual([
    { name: '@scope/inner', version: '2.0.0', license: null },
    { name: 'outer', version: '1.0.0', license: 'MIT' },
  ]);
});

test('a licence in the form of old packages is unknown', async () => {
  await install('node_modules/old', 'old', '0.1.0', { type: 'MIT', url: 'https://example.org' });
  expect(await npmPackagesOf([join(folder, 'node_modules/old/index.js')])).toEqual([
    { name: 'old', version: '0.1.0', license: null },
  ]);
});

test('the packages of a page are those that Vite lists', () => {
  const listed = [
    { name: 'react', version: '19.0.0', identifier: 'MIT', text: 'MIT License ...' },
    { name: 'x', version: '1.0.0' },
  ];
  expect(npmPackagesOfLicenses(JSON.stringify(listed))).toEqual([
    { name: 'react', version: '19.0.0', license: 'MIT' },
    { name: 'x', version: '1.0.0', license: null },
  ]);
});
