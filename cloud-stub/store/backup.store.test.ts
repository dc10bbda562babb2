/** The embedded store comes back from its backup, with its audit log whole (C7). */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendAudit } from './audit-log.ts';
import { listAudit } from './audit-queries.ts';
import { backUp, restore } from './backup.ts';
import { openStore } from './open-store.ts';

let folder: string;
let dataDirectory: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backup-'));
  dataDirectory = join(folder, 'cloud');
  file = join(folder, 'backup.tar.gz');
});
afterAll(() => rm(folder, { recursive: true }));

test('a store is not backed up while its cloud runs, and comes back whole once it was', {
  timeout: 300_000,
}, async () => {
  const store = await openStore({ dataDirectory });
  for (const action of ['one', 'two', 'three'])
    await store.write((writer) => appendAudit(writer, { at: '2026-01-01T00:00:00.000Z', actor: 'cloud', action }));
  const entries = await listAudit(store.read, { limit: 10 });
  await expect(backUp(dataDirectory, file)).rejects.toMatchObject({ code: 'store-in-use' });
  await store.close();
  await backUp(dataDirectory, file);
  expect((await stat(file)).mode & 0o077).toBe(0);
  await expect(restore(dataDirectory, file)).rejects.toMatchObject({ code: 'store-exists' });

  const elsewhere = join(folder, 'elsewhere');
  expect(await restore(elsewhere, file)).toEqual({ entries: 3, firstBroken: null });
  const restored = await openStore({ dataDirectory: elsewhere });
  expect(await listAudit(restored.read, { limit: 10 })).toEqual(entries);
  await restored.close();
});

test('without a store there is nothing to back up', async () => {
  await expect(backUp(join(folder, 'nothing'), file)).rejects.toMatchObject({ code: 'store-missing' });
});

test('of a file that is no backup, or only the beginning of one, nothing is restored', async () => {
  const whole = await readFile(file);
  const broken = join(folder, 'broken.tar.gz');
  const target = join(folder, 'target');
  for (const content of ['no backup', whole.subarray(0, whole.length / 2)]) {
    await writeFile(broken, content);
    await expect(restore(target, broken)).rejects.toMatchObject({ code: 'backup-unreadable' });
  }
  await expect(restore(target, join(folder, 'none'))).rejects.toMatchObject({ code: 'backup-unreadable' });
  expect(await readdir(target)).toEqual(['postgres-libraries']);
});
