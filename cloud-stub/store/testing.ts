/**
 * A store for tests, of its own for each: PGlite in memory, from a dump of a fresh one that is kept in `build/`, as making
 * one takes seconds; in the project `postgres` a database on the server that the test run has started.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pid } from 'node:process';
import { PGlite } from '@electric-sql/pglite';
import { inject } from 'vitest';
import { embeddedStore, PGLITE_PARSERS } from './embedded-store.ts';
import { openPostgres } from './postgres-store.ts';
import type { Store } from './store.ts';
import { createDatabase } from './testing-postgres.ts';

const folder = join(import.meta.dirname, '../../build/test-store');

export async function openTestStore(): Promise<Store> {
  if (inject('postgres') !== undefined) return openPostgres(await createTestDatabase());
  const dump = await freshDump();
  const pglite = await PGlite.create({ parsers: PGLITE_PARSERS, loadDataDir: new Blob([new Uint8Array(dump)]) });
  return embeddedStore(pglite);
}

/** The address of a fresh database (of an empty one from `template0`), for tests that open it several times. In the project `postgres` only. */
export function createTestDatabase(template?: 'template0'): Promise<string> {
  const server = inject('postgres');
  if (server === undefined) throw new Error('This test needs a PostgreSQL: its name has to end in .postgres.test.ts.');
  return createDatabase(server, `test_${randomUUID()}`, template);
}

async function freshDump(): Promise<Buffer> {
  const file = join(folder, `${await tablesKey()}.tar`);
  try {
    return await readFile(file);
  } catch {
    return await makeDump(file);
  }
}

/** Another one for every change of the migrations or of the database engine. */
async function tablesKey(): Promise<string> {
  const migrations = join(import.meta.dirname, 'migrations');
  const files = (await readdir(migrations)).toSorted().map((name) => join(migrations, name));
  const key = createHash('sha256');
  for (const file of [...files, join(import.meta.dirname, '../package.json')]) key.update(await readFile(file));
  return key.digest('hex').slice(0, 16);
}

async function makeDump(file: string): Promise<Buffer> {
  const pglite = await PGlite.create({ parsers: PGLITE_PARSERS });
  const store = embeddedStore(pglite);
  await store.migrate();
  const dump = Buffer.from(await (await pglite.dumpDataDir('none')).arrayBuffer());
  await store.close();
  await mkdir(folder, { recursive: true });
  const temporary = `${file}.${pid}`;
  await writeFile(temporary, dump);
  await rename(temporary, file);
  return dump;
}
