/** pg_dump and pg_restore as docs/operators.md tells to use them: the audit log comes back whole (C7). */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkAudit } from './audit-check.ts';
import { appendAudit } from './audit-log.ts';
import { openStore } from './open-store.ts';
import { openPostgres } from './postgres-store.ts';
import { createTestDatabase } from './testing.ts';

const run = promisify(execFile);
const ENTRIES = 1003;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backup-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('a dump of a cloud that runs is restored into an empty database', { timeout: 120_000 }, async () => {
  const databaseUrl = await createTestDatabase();
  const store = await openPostgres(databaseUrl);
  await store.write(async (writer) => {
    for (let entry = 0; entry < ENTRIES; entry += 1)
      await appendAudit(writer, { at: '2026-01-01T00:00:00.000Z', actor: 'cloud', action: 'one-of-many' });
  });
  const file = join(folder, 'cloud.dump');
  await run('pg_dump', ['--format=custom', `--file=${file}`, `--dbname=${databaseUrl}`]);
  await store.close();

  const emptyUrl = await createTestDatabase('template0');
  await run('pg_restore', ['--no-owner', '--exit-on-error', `--dbname=${emptyUrl}`, file]);
  const restored = await openStore({ dataDirectory: folder, databaseUrl: emptyUrl });
  expect(await checkAudit(restored.read)).toEqual({ entries: ENTRIES, firstBroken: null });
  await expect(sql`delete from audit`.execute(restored.read)).rejects.toThrow('append-only');
  await sql`alter table audit disable trigger all`.execute(restored.read);
  await sql`update audit set actor = 'someone' where sequence = 1002`.execute(restored.read);
  expect(await checkAudit(restored.read)).toEqual({ entries: 1001, firstBroken: 1002 });
  await sql`delete from audit where sequence = 1001`.execute(restored.read);
  expect(await checkAudit(restored.read)).toEqual({ entries: 1000, firstBroken: 1002 });
  await restored.close();
});
