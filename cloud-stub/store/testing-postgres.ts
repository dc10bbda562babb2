/**
 * Debian's PostgreSQL for a test run: a server of its own in a temporary folder, reached by a Unix socket only, without
 * fsync. vitest.config.ts names this file as the global setup of the project `postgres`.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openPostgres } from './postgres-store.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder of the socket; undefined where tests run on PGlite. */
    postgres?: string;
  }
}

/** Has all tables and no rows; new databases are copies of it. */
const TEMPLATE = 'fresh_cloud';
const INSTALLED = '/usr/lib/postgresql';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const server = await startServer(folder);
  await createDatabase(folder, TEMPLATE, 'template1');
  const store = await openPostgres(databaseUrl(folder, TEMPLATE));
  await store.migrate();
  await store.close();
  project.provide('postgres', folder);
  return async () => {
    // "Immediate shutdown" (postgres(1)): nothing here is worth a checkpoint.
    server.kill('SIGQUIT');
    await once(server, 'exit');
    await rm(folder, { recursive: true });
  };
}

/** @returns its address */
export async function createDatabase(folder: string, name: string, template = TEMPLATE): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl(folder, 'postgres') });
  await client.connect();
  try {
    await client.query(`create database ${pg.escapeIdentifier(name)} template ${template} strategy file_copy`);
  } finally {
    await client.end();
  }
  return databaseUrl(folder, name);
}

function databaseUrl(folder: string, name: string): string {
  return `postgres://postgres@localhost/${name}?host=${encodeURIComponent(folder)}`;
}

async function startServer(folder: string): Promise<ChildProcess> {
  const programs = programFolder();
  const user = serverUser();
  if (user !== null) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const options = { ...user, cwd: folder, env: { LC_ALL: 'C.UTF-8', PATH: process.env['PATH'] } };
  execFileSync(
    join(programs, 'initdb'),
    ['--pgdata', data, '--username=postgres', '--auth=trust', '--encoding=UTF8', '--no-sync'],
    { ...options, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const settings = {
    listen_addresses: '',
    unix_socket_directories: folder,
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: '200',
    autovacuum: 'off',
  };
  const server = spawn(
    join(programs, 'postgres'),
    ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const told: string[] = [];
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`PostgreSQL ended (${code}):\n${told.join('')}`)));
    server.stderr.on('data', (chunk: Buffer) => {
      told.push(chunk.toString());
      if (told.join('').includes('ready to accept connections')) resolve();
    });
  });
  server.removeAllListeners('exit');
  server.stderr.removeAllListeners('data').resume();
  return server;
}

function programFolder(): string {
  const versions = readFolder(INSTALLED).toSorted((one, other) => Number(other) - Number(one));
  const [newest] = versions;
  if (newest === undefined)
    throw new Error(
      `PostgreSQL is not installed (${INSTALLED}). Install Debian's package postgresql, or run npm test.`,
    );
  return join(INSTALLED, newest, 'bin');
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** PostgreSQL refuses to run as root: then as the user of Debian's package. */
function serverUser(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const entry = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  if (entry === null) throw new Error('The user postgres of Debian’s package postgresql is missing.');
  return { uid: Number(entry[1]), gid: Number(entry[2]) };
}
