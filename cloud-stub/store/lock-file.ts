/**
 * One cloud a data directory: each would end the other's PostgreSQL, taking it for what a dead one has left.
 *
 * The file names the holder by process id, start time and boot (proc(5), proc_pid_stat(5)), so that the trace of a killed
 * process is told from a living one, also after its id was given to another.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { pid } from 'node:process';
import { StoreError } from './errors.ts';

/** Places behind the name, counted from the state. */
const START_TIME = 19;
/** Killed, and its parent has not asked yet how it ended. */
const GONE: ReadonlySet<string> = new Set(['Z', 'X']);

/**
 * @returns gives the lock back
 * @throws StoreError store-in-use, store-not-writable
 */
export async function takeLock(file: string): Promise<() => Promise<void>> {
  const own = identityOf(pid) ?? `${pid}`;
  const candidate = `${file}.${randomUUID()}`;
  try {
    await writeFile(candidate, own, { mode: 0o600 });
    for (;;) {
      if (await linkIfFree(candidate, file)) break;
      await removeStale(file);
    }
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError('store-not-writable', `${file} cannot be written.`, { cause: error });
  } finally {
    await rm(candidate, { force: true });
  }
  return () => rm(file, { force: true });
}

async function linkIfFree(candidate: string, file: string): Promise<boolean> {
  try {
    await link(candidate, file);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function removeStale(file: string): Promise<void> {
  const holder = await readIfPresent(file);
  if (holder === null) return;
  if (isAlive(holder)) throw new StoreError('store-in-use', `${file} is held by process ${holder.split(' ')[0]}.`);
  // Moved before it is removed: another starter may have replaced it meanwhile.
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  if ((await readIfPresent(aside)) === holder) await rm(aside, { force: true });
  else await rename(aside, file);
}

function isAlive(holder: string): boolean {
  const holderId = Number(holder.split(' ')[0]);
  return Number.isInteger(holderId) && holderId > 0 && identityOf(holderId) === holder;
}

function identityOf(processId: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
    // The name in parentheses may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (GONE.has(fields[0] ?? '')) return null;
    return `${processId} ${fields[START_TIME]} ${boot}`;
  } catch {
    return null;
  }
}

async function readIfPresent(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
