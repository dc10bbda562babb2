/** A database for tests, of its own for each: a copy on the server that the test run has started (testing-postgres.ts). */
import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { openPostgres } from './postgres-store.ts';
import type { Store } from './store.ts';
import { createDatabase } from './testing-postgres.ts';

export async function openTestStore(): Promise<Store> {
  return openPostgres(await createTestDatabase());
}

/** The address of a database with all tables and no rows, for tests that open it several times. */
export function createTestDatabase(): Promise<string> {
  const server = inject('postgres');
  if (server === undefined) throw new Error('This test needs a database: its name has to end in .store.test.ts.');
  return createDatabase(server, `test_${randomUUID()}`);
}
