/**
 * One embedded PostgreSQL for a whole test run, in a temporary folder and without fsync. vitest.config.ts names this file as
 * the global setup of the project `store`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { createDataFolder } from './embedded/data-folder.ts';
import { EmbeddedServer } from './embedded/embedded-server.ts';
import { linkLibraries } from './embedded/postgres-programs.ts';
import { serverUrl } from './embedded-store.ts';
import { openPostgres } from './postgres-store.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder of the socket; undefined in all projects but `store`. */
    postgres?: string;
  }
}

/** Has all tables and no rows; new databases are copies of it. */
const TEMPLATE = 'fresh_cloud';

const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  autovacuum: 'off',
};

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const temporary = await mkdtemp(join(tmpdir(), 'postgres-'));
  const place = { folder: join(temporary, 'data'), libraries: join(temporary, 'libraries') };
  await linkLibraries(place.libraries);
  await createDataFolder(place.folder, place.libraries, 'none');
  const server = await EmbeddedServer.start({ ...place, settings: SETTINGS, log: () => undefined });
  await createDatabase(server.host, TEMPLATE, 'template1');
  const store = await openPostgres(serverUrl(server.host, TEMPLATE));
  await store.migrate();
  await store.close();
  project.provide('postgres', server.host);
  return async () => {
    await server.stop();
    await rm(temporary, { recursive: true });
  };
}

/** @returns its address */
export async function createDatabase(host: string, name: string, template = TEMPLATE): Promise<string> {
  const client = new pg.Client({ connectionString: serverUrl(host, 'postgres') });
  await client.connect();
  try {
    await client.query(`create database ${pg.escapeIdentifier(name)} template ${template} strategy file_copy`);
  } finally {
    await client.end();
  }
  return serverUrl(host, name);
}
