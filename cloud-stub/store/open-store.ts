import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CloudConfiguration } from '../configuration.ts';
import { openEmbedded } from './embedded-store.ts';
import { StoreError } from './errors.ts';
import { takeLock } from './lock-file.ts';
import { openPostgres } from './postgres-store.ts';
import type { Store } from './store.ts';

/**
 * Opens the store that the configuration names, with its tables up to date. With PostgreSQL several processes may share
 * the data directory; the embedded store locks it.
 * @throws StoreError
 */
export async function openStore({
  dataDirectory,
  databaseUrl,
}: Pick<CloudConfiguration, 'dataDirectory' | 'databaseUrl'>): Promise<Store> {
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new StoreError('store-not-writable', `${dataDirectory} cannot be made.`, { cause: error });
  });
  const store = databaseUrl === undefined ? await openLocked(dataDirectory) : await openPostgres(databaseUrl);
  try {
    await store.migrate();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function openLocked(dataDirectory: string): Promise<Store> {
  const unlock = await takeLock(join(dataDirectory, 'cloud.lock'));
  try {
    return await openEmbedded(join(dataDirectory, 'store'), unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}
