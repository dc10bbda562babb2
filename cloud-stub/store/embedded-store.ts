/**
 * A PostgreSQL of the cloud's own in its data directory, for this process only: started with the store and ended with it,
 * and reached by a socket in its folder.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createDataFolder, hasDataFolder } from './embedded/data-folder.ts';
import { EmbeddedServer } from './embedded/embedded-server.ts';
import { linkLibraries } from './embedded/postgres-programs.ts';
import { StoreError } from './errors.ts';
import { takeLock } from './lock-file.ts';
import { openPostgres } from './postgres-store.ts';
import type { Store } from './store.ts';

/** What it says of itself, line by line. */
export type ServerLog = (line: string) => void;

/** Where the parts of an embedded store lie. */
export interface StorePlace {
  readonly folder: string;
  readonly libraries: string;
}

/**
 * Made where there is none.
 * @throws StoreError
 */
export async function openEmbedded(dataDirectory: string, log: ServerLog): Promise<Store> {
  const { place, unlock } = await enterDataDirectory(dataDirectory);
  try {
    if (!(await hasDataFolder(place.folder))) await createDataFolder(place.folder, place.libraries);
    return await openFolder(place, log, unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}

/**
 * @returns the place of the store, ready to be worked on, and what gives it back
 * @throws StoreError store-in-use, store-not-writable
 */
export async function enterDataDirectory(
  dataDirectory: string,
): Promise<{ place: StorePlace; unlock: () => Promise<void> }> {
  const place = { folder: storeFolder(dataDirectory), libraries: join(dataDirectory, 'postgres-libraries') };
  try {
    await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
    await linkLibraries(place.libraries);
  } catch (error) {
    throw new StoreError('store-not-writable', `${dataDirectory} cannot be written.`, { cause: error });
  }
  return { place, unlock: await takeLock(join(dataDirectory, 'cloud.lock')) };
}

/**
 * @param closed called once the server has ended
 * @throws StoreError
 */
export async function openFolder(
  place: StorePlace,
  log: ServerLog,
  closed: () => Promise<void> = () => Promise.resolve(),
): Promise<Store> {
  const server = await EmbeddedServer.start({ ...place, log });
  try {
    return await openPostgres(serverUrl(server.host, 'postgres'), {
      untilReady: () => server.untilReady(),
      async closed() {
        await server.stop();
        await closed();
      },
    });
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** PostgreSQL's data folder, with its socket while it runs. */
export function storeFolder(dataDirectory: string): string {
  return join(dataDirectory, 'store');
}

/** @param host folder of the socket */
export function serverUrl(host: string, database: string): string {
  return `postgres://postgres@localhost/${database}?host=${encodeURIComponent(host)}`;
}
