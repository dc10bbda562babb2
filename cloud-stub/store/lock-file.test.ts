import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pid } from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { takeLock } from './lock-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-file-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a data directory has one cloud at a time', async () => {
  const file = join(folder, 'one');
  const unlock = await takeLock(file);
  await expect(takeLock(file)).rejects.toMatchObject({ code: 'store-in-use' });
  await unlock();
  await (await takeLock(file))();
});

test('the lock of a process that is gone is taken over, also when its id was given to another', async () => {
  const file = join(folder, 'two');
  await writeFile(file, `${pid} 1 another-boot`);
  await (await takeLock(file))();
});

test('a folder that cannot be written is told', async () => {
  await expect(takeLock(join(folder, 'none/three'))).rejects.toMatchObject({ code: 'store-not-writable' });
});
