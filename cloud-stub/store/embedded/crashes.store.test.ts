/** The embedded store when something is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process, { execPath } from 'node:process';
import { createInterface } from 'node:readline';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { checkAudit } from '../audit-check.ts';
import { appendAudit } from '../audit-log.ts';
import { openStore } from '../open-store.ts';
import type { Store } from '../store.ts';
import { serversOn } from './old-servers.ts';
import { linkLibraries, postgresCommand } from './postgres-programs.ts';

/** Milliseconds that a condition may take to come true on a busy machine. */
const PATIENCE = 30_000;

let dataDirectory: string;
let folder: string;
let owned: (() => Promise<void>)[];

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'crashes-'));
  folder = join(dataDirectory, 'store');
  owned = [() => rm(dataDirectory, { recursive: true })];
});
afterEach(async () => {
  for (const end of owned.toReversed()) await end();
});

async function open(): Promise<{ store: Store; log: string[] }> {
  const log: string[] = [];
  const store = await openStore({ dataDirectory }, (line) => log.push(line));
  owned.push(() => store.close());
  return { store, log };
}

const append = (store: Store): Promise<void> =>
  store.write(async (writer) => {
    await appendAudit(writer, { at: '2026-01-01T00:00:00.000Z', actor: 'cloud', action: 'one-of-many' });
  });

/** postmaster.pid, first line: the server itself. */
const serverId = async (): Promise<number> =>
  Number((await readFile(join(folder, 'postmaster.pid'), 'utf8')).split('\n')[0]);

async function connectionId(store: Store): Promise<number> {
  const { rows } = await sql<{ id: number }>`select pg_backend_pid() as id`.execute(store.read);
  return rows[0]?.id ?? 0;
}

async function startOwner(): Promise<{ owner: ChildProcess; confirmed: string[] }> {
  const owner = spawn(execPath, [join(import.meta.dirname, 'testing-owner.ts'), dataDirectory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  owned.push(async () => void owner.kill('SIGKILL'));
  const confirmed: string[] = [];
  createInterface({ input: owner.stdout }).on('line', (line) => confirmed.push(line));
  await vi.waitFor(() => expect(confirmed.length).toBeGreaterThan(10), PATIENCE);
  return { owner, confirmed };
}

test.each([
  ['the server', serverId],
  ['the process of one connection', connectionId],
])('after kill -9 of %s every confirmed write is there, and writing goes on', async (_what, victim) => {
  const { store, log } = await open();
  const before = await serverId();
  let confirmed = 0;
  const writes = Array.from({ length: 60 }, () => append(store).then(() => void (confirmed += 1)));
  const settled = Promise.allSettled(writes);
  await vi.waitFor(() => expect(confirmed).toBeGreaterThan(10), PATIENCE);
  process.kill(await victim(store), 'SIGKILL');
  await settled;
  await vi.waitFor(() => append(store), PATIENCE);
  const { entries, firstBroken } = await checkAudit(store.read);
  expect(firstBroken).toBeNull();
  expect(entries).toBeGreaterThan(confirmed);
  expect(await serverId()).not.toBe(before);
  expect(log.join('\n')).toContain('is started again');
});

test('what is asked while the server starts again is answered when it has', async () => {
  const { store, log } = await open();
  await append(store);
  process.kill(await serverId(), 'SIGKILL');
  await vi.waitFor(() => expect(log.join('\n')).toContain('is started again'), PATIENCE);
  expect(await checkAudit(store.read)).toEqual({ entries: 1, firstBroken: null });
});

test('a server that cannot be started again says why to everyone who asks, until it can', async () => {
  const { store } = await open();
  await append(store);
  const control = join(folder, 'global/pg_control');
  await rename(control, `${control}.aside`);
  process.kill(await serverId(), 'SIGKILL');
  await vi.waitFor(() => expect(checkAudit(store.read)).rejects.toMatchObject({ code: 'store-not-started' }), PATIENCE);
  await rename(`${control}.aside`, control);
  await vi.waitFor(() => append(store), PATIENCE);
  expect(await checkAudit(store.read)).toEqual({ entries: 2, firstBroken: null });
});

test('after kill -9 of the whole cloud every confirmed write is there at the next start', async () => {
  const { owner, confirmed } = await startOwner();
  owner.kill('SIGKILL');
  await once(owner, 'close');
  const { store } = await open();
  const { entries, firstBroken } = await checkAudit(store.read);
  expect(firstBroken).toBeNull();
  expect(entries).toBeGreaterThanOrEqual(confirmed.length);
});

test('the server dies with its cloud', async () => {
  const { owner } = await startOwner();
  expect(await serversOn(folder)).not.toEqual([]);
  owner.kill('SIGKILL');
  await vi.waitFor(async () => expect(await serversOn(folder)).toEqual([]), PATIENCE);
});

test('a second cloud is refused while the first one runs', async () => {
  await startOwner();
  await expect(openStore({ dataDirectory })).rejects.toMatchObject({ code: 'store-in-use' });
});

test('a server that a dead cloud has left is ended before a new one starts', async () => {
  const { store } = await open();
  await store.close();
  const libraries = join(dataDirectory, 'postgres-libraries');
  await linkLibraries(libraries);
  const argv = ['-D', folder, '-c', 'listen_addresses=', '-c', 'unix_socket_directories=.'];
  const { command, ...left } = postgresCommand('postgres', argv, { libraries, deathSignal: 'KILL' });
  const orphan = spawn(command, left.argv, { ...left, stdio: 'ignore' });
  const ended = once(orphan, 'exit');
  await vi.waitFor(async () => expect(await serverId()).toBe(orphan.pid), PATIENCE);
  await append((await open()).store);
  await ended;
  expect(await serverId()).not.toBe(orphan.pid);
});
