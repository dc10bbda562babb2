import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SnapshotStore, snapshotKey } from './snapshot-store.ts';

const make = (content: string) => (place: string) => writeFile(join(place, 'disk'), content);
const use = (place: string) => readFile(join(place, 'disk'), 'utf8');

describe('the key of a snapshot', () => {
  test('changes with every part, and with where one ends', () => {
    const keys = [['a', 'b'], ['a', 'c'], ['ab'], ['ab', ''], ['', 'ab']].map(snapshotKey);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('kept snapshots', () => {
  let folder: string;
  let store: SnapshotStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'edgegateway-snapshots-'));
    store = new SnapshotStore(folder, () => undefined);
  });

  afterEach(() => rm(folder, { recursive: true }));

  test('one is made once', async () => {
    const again = vi.fn(make('second'));
    expect(await store.with(snapshotKey(['a']), make('first'), use)).toBe('first');
    expect(await store.with(snapshotKey(['a']), again, use)).toBe('first');
    expect(again).not.toHaveBeenCalled();
  });

  test('two who want the same at once make it once', async () => {
    const both = vi.fn(make('one'));
    await Promise.all([1, 2].map(() => store.with(snapshotKey(['a']), both, use)));
    expect(both).toHaveBeenCalledTimes(1);
  });

  test('one that was not finished does not count', async () => {
    const failing = async (place: string) => {
      await make('half')(place);
      throw new Error('no power');
    };
    await expect(store.with(snapshotKey(['a']), failing, use)).rejects.toThrow('no power');
    expect(await store.with(snapshotKey(['a']), make('whole'), use)).toBe('whole');
  });

  test('the newest four stay', async () => {
    const names = ['oldest', 'second', 'third', 'fourth', 'newest'];
    for (const [age, name] of names.entries()) {
      await store.with(snapshotKey([name]), make(name), use);
      const time = new Date(Date.UTC(2026, 0, 1 + age));
      // The last one is as new as it is.
      if (name !== 'newest') await utimes(join(folder, snapshotKey([name])), time, time);
    }
    const found = (await readdir(folder)).filter((name) => name !== 'lock');
    expect(new Set(found)).toEqual(new Set(names.slice(1).map((name) => snapshotKey([name]))));
  });

  test('one that turned out to be broken is made anew', async () => {
    await store.with(snapshotKey(['a']), make('broken'), use);
    await store.remove(snapshotKey(['a']));
    expect(await store.with(snapshotKey(['a']), make('whole'), use)).toBe('whole');
  });
});
