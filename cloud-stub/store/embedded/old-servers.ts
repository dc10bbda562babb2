/**
 * A server dies with its cloud, but not at the same moment, and the processes that serve its connections notice its death
 * a little later. None of them may work on the files beside the next server.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { StoreError } from '../errors.ts';

const LOOK_AGAIN_MILLISECONDS = 20;
/** "Immediate shutdown" (postgres(1)) takes PostgreSQL at most 5 s. */
const PATIENCE_MILLISECONDS = 10_000;

/**
 * Ends every process of PostgreSQL that works on the data folder: without a checkpoint, as after a crash.
 * @throws StoreError store-in-use
 */
export async function endOldServers(folder: string): Promise<void> {
  for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
    for (const processId of await serversOn(folder)) sendSignal(processId, signal);
    const end = performance.now() + PATIENCE_MILLISECONDS;
    do {
      if ((await serversOn(folder)).length === 0) return;
      await delay(LOOK_AGAIN_MILLISECONDS);
    } while (performance.now() < end);
  }
  const left = (await serversOn(folder)).join(', ');
  throw new StoreError('store-in-use', `Processes of PostgreSQL on ${folder} do not end: ${left}.`);
}

/**
 * Ids of the processes named `postgres` with the data folder as working directory, where PostgreSQL keeps each of its own.
 * `postmaster.pid` names only the first of them, and after a crash its number may belong to any other program.
 */
export async function serversOn(folder: string): Promise<readonly number[]> {
  const data = await identityOf(folder);
  if (data === null) return [];
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    ids.map(async (id) => {
      const name = await readFile(join('/proc', id, 'comm'), 'utf8').catch(() => '');
      return name.trim() === 'postgres' && (await identityOf(join('/proc', id, 'cwd'))) === data ? [Number(id)] : [];
    }),
  );
  return found.flat();
}

/** The same for every name of a folder; null where it is gone or belongs to another user. */
async function identityOf(path: string): Promise<string | null> {
  const found = await stat(path, { bigint: true }).catch(() => null);
  return found === null ? null : `${found.dev} ${found.ino}`;
}

function sendSignal(processId: number, signal: NodeJS.Signals): void {
  try {
    process.kill(processId, signal);
  } catch (error) {
    // Gone meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
