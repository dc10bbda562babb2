import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendAudit, firstBrokenEntry } from './audit-log.ts';
import { listAudit } from './audit-queries.ts';
import { GAP_PATIENCE, takeEvents } from './event-intake.ts';
import type { Store } from './store.ts';
import { openTestStore } from './testing.ts';

const NOW = new Date('2026-01-01T00:00:00.000Z');
const SESSION = '11111111-1111-4111-8111-111111111111';
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
}, 60_000);
afterAll(() => store.close());

const append = (action: string) =>
  store.write((writer) =>
    appendAudit(writer, {
      at: NOW.toISOString(),
      actor: 'cloud',
      action,
      details: { z: 1, a: { y: 'NUL \0', b: [3] } },
    }),
  );

const oldestFirst = async () => (await listAudit(store.read, { limit: 1000 })).toReversed();

test('the entries of the audit log are numbered without gaps and continue each other', async () => {
  await Promise.all(['one', 'two', 'three'].map(append));
  const entries = await oldestFirst();
  expect(entries.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  expect(firstBrokenEntry(entries)).toBeNull();
});

test('a changed, missing or exchanged entry breaks the chain', async () => {
  const [first, second, third] = await oldestFirst();
  if (first === undefined || second === undefined || third === undefined) throw new Error('three entries');
  expect(firstBrokenEntry([first, { ...second, actor: 'someone' }, third])).toBe(2);
  expect(firstBrokenEntry([first, third])).toBe(3);
  expect(firstBrokenEntry([first, { ...third, sequence: 2 }])).toBe(2);
  expect(firstBrokenEntry([{ ...first, details: {} }])).toBe(1);
});

test.each(['update audit set actor = $$x$$', 'delete from audit', 'truncate audit'])(
  'C7: the database refuses: %s',
  async (statement) => {
    await expect(sql.raw(statement).execute(store.read)).rejects.toThrow('append-only');
    expect(firstBrokenEntry(await oldestFirst())).toBeNull();
  },
);

test('an entry stands or falls with its transaction', async () => {
  const before = await oldestFirst();
  const failing = store.write(async (writer) => {
    await appendAudit(writer, { at: NOW.toISOString(), actor: 'cloud', action: 'never' });
    throw new Error('undone');
  });
  await expect(failing).rejects.toThrow('undone');
  await append('after');
  expect((await oldestFirst()).map(({ action }) => action)).toEqual([...before.map(({ action }) => action), 'after']);
});

test('an event that is missing for too long is told as lost, and what follows is taken', async () => {
  const log = crypto.randomUUID();
  const source = {
    source: 'gateway x',
    actor: 'gateway x',
    origin: null,
    gateway: 'x',
    sessionIds: new Set([SESSION]),
  };
  const event = (sequence: number) => ({
    log,
    sequence,
    at: NOW.toISOString(),
    detail: { kind: 'service-started', version: '1' } as const,
  });
  const take = (sequence: number, now: Date) =>
    store.write((writer) => takeEvents(writer, source, { events: [event(sequence)] }, now));
  expect((await take(1, NOW)).result).toBe('stored');
  expect(await take(3, NOW)).toMatchObject({ result: 'gap', expected: 2 });
  expect((await take(3, new Date(NOW.getTime() + GAP_PATIENCE))).result).toBe('stored');
  expect(await take(3, NOW)).toMatchObject({ result: 'stored', fresh: [] });
  const actions = (await oldestFirst()).filter(({ gateway }) => gateway === 'x').map(({ action }) => action);
  expect(actions).toEqual(['service-started', 'events-missing', 'events-lost', 'service-started']);
});
