/** C7: the audit log is filtered, searched and paged; the oldest entries go, and only they, with an entry that says so. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChainedEntry } from '../audit/audit-chain.ts';
import { appendAudit, FIRST_PREVIOUS_HASH, firstBrokenEntry, hashOf } from './audit-log.ts';
import { chainPages, endOfChain, listAudit } from './audit-queries.ts';
import { removeOldAudit } from './audit-retention.ts';
import { searchQuery } from './audit-words.ts';
import type { Store } from './store.ts';
import { openTestStore } from './testing.ts';

const SESSION = '11111111-1111-4111-8111-111111111111';
const DAY = 24 * 60 * 60 * 1000;
const START = Date.parse('2026-01-01T00:00:00.000Z');
const dayAt = (day: number) => new Date(START + day * DAY).toISOString();

const ENTRIES = [
  { actor: 'Anna Berger <anna@plant.example>', origin: '203.0.113.7', action: 'logged-in' },
  { actor: 'Anna Berger <anna@plant.example>', origin: '203.0.113.7', action: 'session-started', sessionId: SESSION },
  {
    actor: 'gateway gw-essen-hall-2',
    action: 'flow-refused',
    sessionId: SESSION,
    gateway: 'gw-essen-hall-2',
    details: { destination: '192.168.250.99', port: 502, list: [{ deep: 'Größe XXL' }] },
  },
  { actor: 'client SERVICE-PC-7', origin: '198.51.100.4', action: 'tunnel-connected', sessionId: SESSION },
  { actor: 'cloud', action: 'session-ended', sessionId: SESSION, details: { reason: 'Time is over.' } },
] as const;

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
  for (const [day, entry] of ENTRIES.entries())
    await store.write((writer) => appendAudit(writer, { at: dayAt(day), ...entry }));
}, 60_000);
afterAll(() => store.close());

const sequences = async (query: Parameters<typeof listAudit>[1]) =>
  (await listAudit(store.read, query)).map(({ sequence }) => sequence);

test.each([
  [{}, [5, 4, 3, 2, 1]],
  [{ from: dayAt(1), to: dayAt(3) }, [3, 2]],
  [{ actor: 'Anna Berger <anna@plant.example>' }, [2, 1]],
  [{ kind: 'users' }, [2, 1]],
  [{ kind: 'gateways' }, [3]],
  [{ kind: 'clients' }, [4]],
  [{ kind: 'cloud' }, [5]],
  [{ action: 'flow-refused' }, [3]],
  [{ session: SESSION, from: dayAt(2) }, [5, 4, 3]],
  [{ gateway: 'gw-essen-hall-2' }, [3]],
  [{ origin: '203.0.113.7' }, [2, 1]],
] as const)('C7: %j gives the entries %j', async (filter, expected) => {
  expect(await sequences({ ...filter, limit: 100 })).toEqual(expected);
});

test.each([
  ['192.168.250.99', [3]],
  ['250.99', [3]],
  ['0.99', []],
  ['ANNA start', [2]],
  ['essen-hall', [3]],
  ['refused 502', [3]],
  ['GRÖSSE', []],
  ['größe xxl', [3]],
  ['service-pc', [4]],
  ['anna@plant.example', [2, 1]],
  ['anna absent', []],
  ["'); drop table audit; --", []],
  ['" \' & | ! :* ()', [5, 4, 3, 2, 1]],
] as const)('C7: a search for %j finds %j', async (search, expected) => {
  expect(await sequences({ search, limit: 100 })).toEqual(expected);
});

test('a search without a letter or digit asks for nothing', () => {
  expect(searchQuery(' - ! ')).toBeNull();
});

test('pages follow each other by the last sequence, also where times are equal or that entry does not exist', async () => {
  expect(await sequences({ limit: 2 })).toEqual([5, 4]);
  expect(await sequences({ before: 4, limit: 2 })).toEqual([3, 2]);
  expect(await sequences({ before: 2, limit: 2 })).toEqual([1]);
  expect(await sequences({ before: 1, limit: 2 })).toEqual([]);
  expect(await sequences({ before: 99, limit: 2 })).toEqual([5, 4]);
  expect(await sequences({ search: 'anna', before: 2, limit: 2 })).toEqual([1]);
});

test('a word that many entries have is found page by page as well', async () => {
  const many = await openTestStore();
  await many.write(async (writer) => {
    for (let entry = 0; entry < 3; entry += 1)
      await appendAudit(writer, { at: dayAt(0), actor: 'cloud', action: 'common' });
    await sql`alter table audit disable trigger user`.execute(writer);
    await sql`insert into audit (sequence, at, actor, action, details, previous_hash, hash, words)
      select n, ${dayAt(0)}, 'cloud', 'common', '{}', '', '', '''common'''::tsvector from generate_series(4, 6000) n`.execute(
      writer,
    );
  });
  const page = await listAudit(many.read, { search: 'common', limit: 2 });
  expect(page.map(({ sequence }) => sequence)).toEqual([6000, 5999]);
  const next = await listAudit(many.read, { search: 'common', before: 5999, limit: 1 });
  expect(next.map(({ sequence }) => sequence)).toEqual([5998]);
  await many.close();
});

test('an export reads the chain from its first entry that fits to the last, each with the hash it continues', async () => {
  const read: ChainedEntry[] = [];
  for await (const page of chainPages(store.read, { session: SESSION }, 4, 2)) {
    expect(page.length).toBeLessThanOrEqual(2);
    read.push(...page);
  }
  expect(read.map(({ sequence }) => sequence)).toEqual([2, 3, 4]);
  for (const { hash, previousHash, ...entry } of read) expect(hashOf(entry, previousHash)).toBe(hash);
  expect((await endOfChain(store.read, {}, 4, 'first'))?.previousHash).toBe(FIRST_PREVIOUS_HASH);
  expect((await endOfChain(store.read, {}, 4, 'last'))?.sequence).toBe(4);
  expect(await endOfChain(store.read, { action: 'never' }, 4, 'last')).toBeNull();
});

/** What somebody might try to take an entry out with. */
const checkpoint = (details: Readonly<Record<string, unknown>>) => ({
  at: dayAt(9),
  actor: 'cloud',
  action: 'audit-retention',
  details,
});

test.each([
  ['without a checkpoint', null, 'delete from audit where sequence = 1', false],
  [
    'from the middle',
    { from: 3, through: 3, count: 1, lastHash: 'of 3' },
    'delete from audit where sequence = 3',
    false,
  ],
  [
    'more than it says',
    { from: 1, through: 1, count: 1, lastHash: 'of 1' },
    'delete from audit where sequence < 3',
    false,
  ],
  [
    'less than it says',
    { from: 1, through: 2, count: 2, lastHash: 'of 2' },
    'delete from audit where sequence = 2',
    false,
  ],
  [
    'with another hash',
    { from: 1, through: 1, count: 1, lastHash: 'x' },
    'delete from audit where sequence = 1',
    false,
  ],
  [
    'an entry after it',
    { from: 1, through: 1, count: 1, lastHash: 'of 1' },
    'delete from audit where sequence = 1',
    true,
  ],
] as const)('C7: the database refuses to remove entries %s', async (_what, details, statement, isFollowed) => {
  const hash = async (sequence: number) => (await endOfChain(store.read, {}, sequence, 'last'))?.hash;
  const named = details === null ? null : /^of (\d)$/.exec(details.lastHash);
  const lastHash = named === null || named === undefined ? details?.lastHash : await hash(Number(named[1]));
  const attempt = store.write(async (writer) => {
    if (details !== null) await appendAudit(writer, checkpoint({ ...details, lastHash }));
    if (isFollowed) await appendAudit(writer, { at: dayAt(9), actor: 'cloud', action: 'other' });
    await sql.raw(statement).execute(writer);
  });
  await expect(attempt).rejects.toThrow('append-only');
  expect(await sequences({ limit: 100 })).toEqual([5, 4, 3, 2, 1]);
});

test('C7: a checkpoint of an earlier transaction opens nothing', async () => {
  const own = await openTestStore();
  await own.write((writer) => appendAudit(writer, { at: dayAt(0), actor: 'cloud', action: 'one' }));
  const first = await endOfChain(own.read, {}, 1, 'first');
  const details = { from: 1, through: 1, count: 1, lastHash: first?.hash };
  await own.write((writer) => appendAudit(writer, checkpoint(details)));
  await expect(sql`delete from audit where sequence = 1`.execute(own.read)).rejects.toThrow('append-only');
  await own.close();
});

test('C7: retention removes what is older, leaves a checkpoint, and the rest still verifies', async () => {
  const now = new Date(START + 102 * DAY);
  expect(await store.write((writer) => removeOldAudit(writer, now, 100))).toBe(2);
  const left = (await listAudit(store.read, { limit: 100 })).toSorted((one, other) => one.sequence - other.sequence);
  expect(left.map(({ sequence }) => sequence)).toEqual([3, 4, 5, 6]);
  const last = left.at(-1);
  expect(last).toMatchObject({
    actor: 'cloud',
    action: 'audit-retention',
    details: { from: 1, through: 2, count: 2, firstAt: dayAt(0), lastAt: dayAt(1), retentionDays: 100 },
  });
  expect(firstBrokenEntry(left, String(last?.details['lastHash']))).toBeNull();
  expect(firstBrokenEntry(left)).toBe(3);
  expect(await store.write((writer) => removeOldAudit(writer, now, 100))).toBe(0);
});

test('C7: where everything is old, the checkpoint alone stays and the next entry continues it', async () => {
  const now = new Date(START + 1000 * DAY);
  expect(await store.write((writer) => removeOldAudit(writer, now, 100))).toBe(4);
  await store.write((writer) => appendAudit(writer, { at: now.toISOString(), actor: 'cloud', action: 'next' }));
  const left = (await listAudit(store.read, { limit: 100 })).toSorted((one, other) => one.sequence - other.sequence);
  expect(left.map(({ action }) => action)).toEqual(['audit-retention', 'next']);
  expect(firstBrokenEntry(left, String(left[0]?.details['lastHash']))).toBeNull();
});
