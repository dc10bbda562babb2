import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Sealing } from './sealing.ts';

let directory: string;
let file: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sealing-test-'));
  file = join(directory, 'sealing.key');
});
afterAll(() => rm(directory, { recursive: true }));

test('the key file is for its owner alone, and those who start together have the same key', async () => {
  const all = await Promise.all(Array.from({ length: 5 }, () => Sealing.open(file)));
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(directory)).toEqual(['sealing.key']);
  const sealed = all[0]?.seal('a purpose', 'Schlüssel') ?? '';
  for (const one of all) expect(one.open('a purpose', sealed)).toBe('Schlüssel');
});

test('what was sealed for another purpose, changed or cut does not open', async () => {
  const sealing = await Sealing.open(file);
  const sealed = sealing.seal('a purpose', 'secret');
  expect(Buffer.from(sealed, 'base64url').includes('secret')).toBe(false);
  expect(sealing.open('another', sealed)).toBe(null);
  const bytes = Buffer.from(sealed, 'base64url');
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    expect(sealing.open('a purpose', changed.toString('base64url'))).toBe(null);
    expect(sealing.open('a purpose', bytes.subarray(0, at).toString('base64url'))).toBe(null);
  }
  expect(sealing.open('a purpose', 'no base64 ???')).toBe(null);
});

test('a file that holds no key is told, not replaced', async () => {
  const broken = join(directory, 'broken.key');
  await writeFile(broken, 'too short');
  await expect(Sealing.open(broken)).rejects.toThrow(/does not hold a key/);
});
