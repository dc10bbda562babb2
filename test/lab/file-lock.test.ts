import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withFileLock } from './file-lock.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgegateway-lock-'));
});

afterEach(() => rm(folder, { recursive: true }));

test('one after the other, also when the first fails', async () => {
  const file = join(folder, 'lock');
  const seen: string[] = [];
  const first = withFileLock(file, async () => {
    seen.push('first begins');
    await new Promise((resolve) => setImmediate(resolve));
    seen.push('first ends');
    throw new Error('no');
  });
  const second = first.catch(() => undefined).then(() => withFileLock(file, async () => seen.push('second')));
  await expect(first).rejects.toThrow('no');
  await second;
  expect(seen).toEqual(['first begins', 'first ends', 'second']);
});

test('nobody comes in while it is held', async () => {
  const file = join(folder, 'lock');
  const seen: string[] = [];
  let others: Promise<unknown> = Promise.resolve();
  await withFileLock(file, async () => {
    others = Promise.all([1, 2].map((name) => withFileLock(file, async () => seen.push(`in ${name}`, `out ${name}`))));
    await withFileLock(join(folder, 'another'), async () => undefined);
    expect(seen).toEqual([]);
  });
  await others;
  expect(seen.map((word) => word.split(' ')[0])).toEqual(['in', 'out', 'in', 'out']);
});
