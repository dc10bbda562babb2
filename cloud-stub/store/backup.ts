/**
 * Backup and restore of the embedded store, of a cloud that stands still: the lock of its data directory is taken
 * meanwhile. PostgreSQL has pg_dump and pg_restore.
 */
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { writeFileAtomically } from '../pki/atomic-file.ts';
import { type AuditCheck, checkAudit } from './audit-check.ts';
import { embeddedStore, PGLITE_PARSERS } from './embedded-store.ts';
import { StoreError } from './errors.ts';
import { takeLock } from './lock-file.ts';

/**
 * @param file made anew, compressed; only its owner may read it
 * @throws StoreError store-in-use, store-missing
 */
export function backUp(dataDirectory: string, file: string): Promise<void> {
  return locked(dataDirectory, async (folder) => {
    if (!(await exists(folder))) throw new StoreError('store-missing', `${folder} does not exist.`);
    const pglite = await PGlite.create({ dataDir: folder, parsers: PGLITE_PARSERS });
    try {
      const dump = await pglite.dumpDataDir('gzip');
      await writeFileAtomically(file, Buffer.from(await dump.arrayBuffer()), 'secret');
    } finally {
      await pglite.close();
    }
  });
}

/**
 * Into a data directory without a store; its tables are brought up to date.
 * @throws StoreError store-in-use, store-exists, migration-failed
 */
export function restore(dataDirectory: string, file: string): Promise<AuditCheck> {
  return locked(dataDirectory, async (folder) => {
    if (await exists(folder)) throw new StoreError('store-exists', `${folder} exists already.`);
    const loadDataDir = new Blob([new Uint8Array(await readFile(file))]);
    const store = embeddedStore(await PGlite.create({ dataDir: folder, loadDataDir, parsers: PGLITE_PARSERS }));
    try {
      await store.migrate();
      return await checkAudit(store.read);
    } finally {
      await store.close();
    }
  });
}

async function locked<Result>(dataDirectory: string, work: (folder: string) => Promise<Result>): Promise<Result> {
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  const unlock = await takeLock(join(dataDirectory, 'cloud.lock'));
  try {
    return await work(join(dataDirectory, 'store'));
  } finally {
    await unlock();
  }
}

async function exists(folder: string): Promise<boolean> {
  return (await stat(folder).catch(() => null)) !== null;
}
