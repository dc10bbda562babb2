/**
 * Backup and restore of the embedded store, of a cloud that stands still: the lock of its data directory is taken
 * meanwhile. The backup is the whole folder of a server that has ended orderly, as tar(1) packs it, compressed; it is for
 * the same major version of PostgreSQL. A PostgreSQL of one's own has pg_dump and pg_restore.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type AuditCheck, checkAudit } from './audit-check.ts';
import { hasDataFolder, makeWhole, syncDataFolder, syncFolder } from './embedded/data-folder.ts';
import { enterDataDirectory, openFolder, type StorePlace } from './embedded-store.ts';
import { StoreError } from './errors.ts';

const OWNER_ONLY = 0o600;

/**
 * @param file made anew, compressed; only its owner may read it
 * @throws StoreError store-in-use, store-missing, or why its server does not start
 */
export function backUp(dataDirectory: string, file: string): Promise<void> {
  return locked(dataDirectory, async (place) => {
    if (!(await hasDataFolder(place.folder))) throw new StoreError('store-missing', `${place.folder} does not exist.`);
    // Of a cloud that was killed the last writes are in the log only: a start and an orderly end bring them home.
    await (await openFolder(place, () => undefined)).close();
    const temporary = `${file}.${randomUUID()}.new`;
    try {
      await pack(place.folder, temporary);
      await rename(temporary, file);
      await syncFolder(dirname(file));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  });
}

/**
 * Into a data directory without a store; its tables are brought up to date. Where it fails there is still none.
 * @throws StoreError store-in-use, store-exists, backup-unreadable, migration-failed, or why its server does not start
 */
export function restore(dataDirectory: string, file: string): Promise<AuditCheck> {
  return locked(dataDirectory, async ({ folder, libraries }) => {
    if (await hasDataFolder(folder)) throw new StoreError('store-exists', `${folder} exists already.`);
    return makeWhole(folder, async (staging) => {
      await unpack(file, staging);
      await syncDataFolder(staging, libraries);
      const store = await openFolder({ folder: staging, libraries }, () => undefined);
      try {
        await store.migrate();
        return await checkAudit(store.read);
      } finally {
        await store.close();
      }
    });
  });
}

async function pack(folder: string, file: string): Promise<void> {
  const tar = spawn('tar', ['--create', '--file=-', '--directory', folder, '.'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const target = createWriteStream(file, { flags: 'wx', mode: OWNER_ONLY, flush: true });
  const written = pipeline(tar.stdout, createGzip(), target).catch((error: unknown) => {
    tar.kill();
    throw error;
  });
  // Both the data and the program have to come to their end.
  const failed = (await Promise.allSettled([written, ended(tar)])).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

async function unpack(file: string, folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  // tar reads the file itself: it may leave a pipe before the last of the padding has been written to it.
  const source = ['--extract', '--gzip', '--force-local', `--file=${file}`, '--no-same-owner', '--directory', folder];
  try {
    await ended(spawn('tar', source, { stdio: ['ignore', 'ignore', 'pipe'] }));
    await stat(join(folder, 'PG_VERSION'));
  } catch (error) {
    throw new StoreError('backup-unreadable', `${file} cannot be read as a backup.`, { cause: error });
  }
}

/** @throws Error with what tar(1) said when it ends otherwise than well */
async function ended(tar: ChildProcess): Promise<void> {
  const told: string[] = [];
  tar.stderr?.setEncoding('utf8').on('data', (text: string) => told.push(text));
  await new Promise<void>((resolve, reject) => {
    tar.once('error', reject);
    tar.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`tar: ${told.join('').trim()}`))));
  });
}

async function locked<Result>(dataDirectory: string, work: (place: StorePlace) => Promise<Result>): Promise<Result> {
  const { place, unlock } = await enterDataDirectory(dataDirectory);
  try {
    return await work(place);
  } finally {
    await unlock();
  }
}
