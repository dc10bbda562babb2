/** Where the embedded store can be made, and what it says where it cannot. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkAudit } from './audit-check.ts';
import { appendAudit } from './audit-log.ts';
import { openStore } from './open-store.ts';
import type { Store } from './store.ts';

let dataDirectory: string;
beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'embedded-store-'));
});
afterEach(() => rm(dataDirectory, { recursive: true }));

async function appendOne(store: Store): Promise<void> {
  await store.write((writer) => appendAudit(writer, { at: '2026-01-01T00:00:00.000Z', actor: 'cloud', action: 'one' }));
}

test('what was written is there when the store is opened again, in a folder with a long path of any characters', async () => {
  const long = join(dataDirectory, 'with a blank: and more'.padEnd(120, '-'), 'x'.repeat(200));
  const first = await openStore({ dataDirectory: long });
  await appendOne(first);
  await first.close();
  const second = await openStore({ dataDirectory: long });
  expect(await checkAudit(second.read)).toEqual({ entries: 1, firstBroken: null });
  await second.close();
});

test('only its owner enters, nobody connects over the network, and what is confirmed is on the disk', async () => {
  const store = await openStore({ dataDirectory });
  expect((await stat(join(dataDirectory, 'store'))).mode & 0o077).toBe(0);
  const setting = async (name: string) =>
    (await sql<{ value: string }>`select current_setting(${name}) as value`.execute(store.read)).rows[0]?.value;
  expect(await setting('listen_addresses')).toBe('');
  expect(await setting('fsync')).toBe('on');
  expect(await setting('synchronous_commit')).toBe('on');
  await store.close();
});

test('what an aborted first start has left is no obstacle', async () => {
  await mkdir(join(dataDirectory, 'store.new/base'), { recursive: true });
  await writeFile(join(dataDirectory, 'store.new/PG_VERSION'), '18');
  const store = await openStore({ dataDirectory });
  await appendOne(store);
  await store.close();
  expect((await readdir(dataDirectory)).toSorted()).toEqual(['postgres-libraries', 'store']);
});

test('a full disk is told, and leaves no half store', async () => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', dataDirectory]);
  try {
    await expect(openStore({ dataDirectory })).rejects.toMatchObject({ code: 'disk-full' });
    expect(await readdir(dataDirectory)).toEqual(['postgres-libraries']);
  } finally {
    execFileSync('umount', [dataDirectory]);
  }
});

test('a disk that fills up costs no confirmed write, and writing goes on once there is space', async () => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', dataDirectory]);
  const store = await openStore({ dataDirectory });
  try {
    await sql`create table pages (content text)`.execute(store.read);
    const write = () =>
      store.write((writer) => sql`insert into pages values (${randomBytes(500_000).toString('hex')})`.execute(writer));
    let confirmed = 0;
    const untilFull = async () => {
      for (;;) {
        await write();
        confirmed += 1;
      }
    };
    const ballast = join(dataDirectory, 'ballast');
    const { bavail, bsize } = await statfs(dataDirectory);
    execFileSync('fallocate', ['--length', `${bavail * bsize - 4_000_000}`, ballast]);
    await expect(untilFull()).rejects.toThrow();
    await rm(ballast);
    await expect
      .poll(() =>
        write().then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    const { rows } = await sql<{ count: number }>`select count(*) from pages`.execute(store.read);
    expect(rows[0]?.count).toBeGreaterThan(confirmed);
  } finally {
    await store.close();
    execFileSync('umount', [dataDirectory]);
  }
});

test('a folder that cannot be written is told', async () => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', dataDirectory]);
  try {
    await expect(openStore({ dataDirectory })).rejects.toMatchObject({ code: 'store-not-writable' });
  } finally {
    execFileSync('umount', [dataDirectory]);
  }
});

test('the store of another version of PostgreSQL is told', async () => {
  await (await openStore({ dataDirectory })).close();
  await writeFile(join(dataDirectory, 'store/PG_VERSION'), '17\n');
  await expect(openStore({ dataDirectory })).rejects.toMatchObject({ code: 'store-of-other-version' });
});

test('a store without the files of one is told', async () => {
  await mkdir(join(dataDirectory, 'store'), { mode: 0o700 });
  await expect(openStore({ dataDirectory })).rejects.toMatchObject({ code: 'store-not-started' });
});
