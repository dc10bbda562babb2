import type { CloudConfiguration } from '../configuration.ts';
import { openEmbedded, type ServerLog } from './embedded-store.ts';
import { openPostgres } from './postgres-store.ts';
import type { Store } from './store.ts';

/**
 * Opens the store that the configuration names, with its tables up to date. With a PostgreSQL of its own several
 * processes may share the data directory; the embedded store locks it.
 * @param log hears what the embedded server says
 * @throws StoreError
 */
export async function openStore(
  { dataDirectory, databaseUrl }: Pick<CloudConfiguration, 'dataDirectory' | 'databaseUrl'>,
  log: ServerLog = () => undefined,
): Promise<Store> {
  const store = await (databaseUrl === undefined ? openEmbedded(dataDirectory, log) : openPostgres(databaseUrl));
  try {
    await store.migrate();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}
