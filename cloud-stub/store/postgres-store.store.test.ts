/** What two processes on one PostgreSQL can rely on. */
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { appendAudit, firstBrokenEntry } from './audit-log.ts';
import { listAudit } from './audit-queries.ts';
import { sendNotice } from './notices.ts';
import { openPostgres } from './postgres-store.ts';
import type { Store } from './store.ts';
import { createTestDatabase } from './testing.ts';

/** Milliseconds that a condition may take to come true on a busy machine. */
const PATIENCE = 20_000;

let url: string;
let one: Store;
let other: Store;

beforeAll(async () => {
  url = await createTestDatabase();
  one = await openPostgres(url);
  other = await openPostgres(url);
});
afterAll(async () => {
  await one.close();
  await other.close();
});

/** All connections to the database but the asking one. */
async function breakConnections(): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await client.end();
}

test('C7: two processes that append at the same time make one chain', async () => {
  const entry = { at: '2026-01-01T00:00:00.000Z', actor: 'cloud', action: 'one-of-many' };
  const writes = Array.from({ length: 200 }, (_, at) =>
    (at % 2 === 0 ? one : other).write((writer) => appendAudit(writer, entry)),
  );
  await Promise.all(writes);
  const entries = (await listAudit(one.read, { limit: 1000 })).toReversed();
  expect(entries.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 200 }, (_, at) => at + 1));
  expect(firstBrokenEntry(entries)).toBeNull();
});

const countUp = (store: Store) =>
  store.write(async (writer) => {
    const { rows } = await sql<{ value: number }>`select value from counters`.execute(writer);
    await sql`update counters set value = ${(rows[0]?.value ?? 0) + 1}`.execute(writer);
  });

test('what a transaction has read stays true until it is committed', async () => {
  await one.write((writer) => sql`create table counters (value integer not null)`.execute(writer));
  await one.write((writer) => sql`insert into counters values (0)`.execute(writer));
  await Promise.all(Array.from({ length: 100 }, (_, at) => countUp(at % 2 === 0 ? one : other)));
  const { rows } = await sql<{ value: number }>`select value from counters`.execute(one.read);
  expect(rows).toEqual([{ value: 100 }]);
});

test('a notice is heard by the other process once its transaction is committed, and never if it is not', async () => {
  const heard: string[] = [];
  const end = await other.notices.listen({ heard: (text) => heard.push(text), missed: () => undefined });
  await expect(
    one.write(async (writer) => {
      await sendNotice(writer, 'never');
      throw new Error('undone');
    }),
  ).rejects.toThrow('undone');
  await one.write((writer) => sendNotice(writer, 'committed'));
  await vi.waitFor(() => expect(heard).toEqual(['committed']), PATIENCE);
  await end();
});

test('a broken line is made again, and that notices were missed is told', async () => {
  const heard: string[] = [];
  let missed = 0;
  const end = await other.notices.listen({ heard: (text) => heard.push(text), missed: () => void (missed += 1) });
  await breakConnections();
  await vi.waitFor(() => expect(missed).toBe(1), 10_000);
  await vi.waitFor(() => sendNotice(one.read, 'after'), PATIENCE);
  await vi.waitFor(() => expect(heard).toContain('after'), PATIENCE);
  await end();
});

test('one process leads; the other takes over when it stops, and when the connection of the first breaks', async () => {
  const events: string[] = [];
  const candidate = (name: string) => ({
    gained: async () => void events.push(`${name} leads`),
    lost: async () => void events.push(`${name} leads no more`),
  });
  const stopOne = await one.compete(candidate('one'));
  const stopOther = await other.compete(candidate('other'));
  expect(events).toEqual(['one leads']);
  await stopOne();
  await vi.waitFor(() => expect(events).toEqual(['one leads', 'one leads no more', 'other leads']), 10_000);
  await breakConnections();
  await vi.waitFor(() => expect(events.slice(3)).toEqual(['other leads no more', 'other leads']), 20_000);
  await stopOther();
  expect(events.at(-1)).toBe('other leads no more');
});
