/** Making PostgreSQL's data folder: whole, or not there. */
import { spawn } from 'node:child_process';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { StoreError } from '../errors.ts';
import { endOldServers } from './old-servers.ts';
import { postgresCommand } from './postgres-programs.ts';
import { serverProblem } from './server-problem.ts';

/**
 * The role that owns everything, and lets in whoever reaches the socket: the owner of the folder. Sorting and letters are
 * PostgreSQL's own, so that an update of the operating system does not change the order in an index.
 */
const FORM = [
  ...['--username=postgres', '--auth=trust', '--encoding=UTF8'],
  ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
];

export async function hasDataFolder(folder: string): Promise<boolean> {
  return (await stat(folder).catch(() => null)) !== null;
}

/**
 * @param durability `none` where a crash of the computer may cost everything: tests and measurements
 * @throws StoreError store-not-created, disk-full, store-not-writable
 */
export function createDataFolder(
  folder: string,
  libraries: string,
  durability: 'full' | 'none' = 'full',
): Promise<void> {
  return makeWhole(folder, (staging) =>
    runInitdb(['-D', staging, ...FORM, ...(durability === 'none' ? ['--no-sync'] : [])], libraries),
  );
}

/** Everything below the folder reaches the disk. */
export function syncDataFolder(folder: string, libraries: string): Promise<void> {
  return runInitdb(['--sync-only', '-D', folder], libraries);
}

/** `work` fills a folder beside, which takes the name of `folder` once it is whole; what an aborted attempt left goes. */
export async function makeWhole<Result>(folder: string, work: (staging: string) => Promise<Result>): Promise<Result> {
  const staging = `${folder}.new`;
  await remove(staging);
  try {
    const result = await work(staging);
    await rename(staging, folder);
    await syncFolder(dirname(folder));
    return result;
  } catch (error) {
    await remove(staging);
    throw error;
  }
}

/** Of an aborted `initdb` the server may still be writing there. */
async function remove(staging: string): Promise<void> {
  await endOldServers(staging);
  await rm(staging, { recursive: true, force: true });
}

async function runInitdb(options: readonly string[], libraries: string): Promise<void> {
  const { command, argv, cwd, env } = postgresCommand('initdb', options, { libraries, deathSignal: 'KILL' });
  const child = spawn(command, argv, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => lines.push(line));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) => reject(new StoreError('store-not-created', `${command} is missing.`, { cause })));
    child.once('close', resolve);
  });
  if (code !== 0) throw serverProblem('The folder of the store could not be made.', lines, 'store-not-created');
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
