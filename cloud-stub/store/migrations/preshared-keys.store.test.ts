import { sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { openPostgres } from '../postgres-store.ts';
import type { Store } from '../store.ts';
import { createDatabase } from '../testing-postgres.ts';
import { MIGRATIONS } from './migrations.ts';

const BEFORE = '0009-session-search';
const REPORTS = {
  'gateway-of-before': { wireguardPublicKey: 'a key' },
  'gateway-of-now': { wireguardPublicKey: 'another', encapsulationKey: 'and its encapsulation key' },
};

let store: Store;

beforeEach(async () => {
  const url = await createDatabase(inject('postgres') ?? '', `test_${crypto.randomUUID()}`, 'template1');
  store = await openPostgres(url);
  const migrator = new Migrator({ db: store.read, provider: { getMigrations: () => Promise.resolve(MIGRATIONS) } });
  const { error } = await migrator.migrateTo(BEFORE);
  expect(error).toBeUndefined();
  for (const [id, report] of Object.entries(REPORTS)) {
    await sql`insert into gateways (registration_id, name, certificate, tunnel_address, created_at, report)
      values (${id}, ${id}, 'its certificate', ${id}, '2026-01-01T00:00:00.000Z', ${JSON.stringify(report)})`.execute(
      store.read,
    );
  }
});

afterEach(() => store.close());

test('a gateway that has told no encapsulation key counts as one that has not reported yet, until its next report', async () => {
  await store.migrate();
  const gateways = await store.read.selectFrom('gateways').select(['registration_id', 'report']).execute();
  expect(Object.fromEntries(gateways.map(({ registration_id, report }) => [registration_id, report]))).toEqual({
    'gateway-of-before': null,
    'gateway-of-now': REPORTS['gateway-of-now'],
  });
});
