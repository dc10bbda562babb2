import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkAudit } from './audit-check.ts';
import { appendAudit } from './audit-log.ts';
import type { Store } from './store.ts';
import { openTestStore } from './testing.ts';

/** More than are read at once. */
const ENTRIES = 1003;
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
  await store.write(async (writer) => {
    for (let entry = 0; entry < ENTRIES; entry += 1)
      await appendAudit(writer, { at: '2026-01-01T00:00:00.000Z', actor: 'cloud', action: 'one-of-many' });
  });
}, 120_000);
afterAll(() => store.close());

test('C7: a whole log has no broken entry', async () => {
  expect(await checkAudit(store.read)).toEqual({ entries: ENTRIES, firstBroken: null });
});

test('C7: an entry that the owner of the database changed or removed is found', async () => {
  await sql`alter table audit disable trigger all`.execute(store.read);
  await sql`update audit set actor = 'someone' where sequence = 1002`.execute(store.read);
  expect(await checkAudit(store.read)).toEqual({ entries: 1001, firstBroken: 1002 });
  await sql`delete from audit where sequence = 1001`.execute(store.read);
  expect(await checkAudit(store.read)).toEqual({ entries: 1000, firstBroken: 1002 });
});
