/**
 * PGlite: PostgreSQL inside this process, for one process only.
 *
 * It survives the death of the process but never flushes to disk (fsync): after a power failure its last writes may be
 * lost. PostgreSQL is the durable choice.
 */
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { leadAlways } from './leadership.ts';
import { NOTICE_CHANNEL } from './notices.ts';
import type { Tables } from './schema.ts';
import { Store } from './store.ts';

const INT8 = 20;

/** Both databases give bigint as text unless told otherwise; no number here leaves the safe range. */
export const PGLITE_PARSERS = { [INT8]: Number };

/** @param closed called once the database is closed */
export async function openEmbedded(folder: string, closed: () => Promise<void>): Promise<Store> {
  return embeddedStore(await PGlite.create({ dataDir: folder, parsers: PGLITE_PARSERS }), closed);
}

export function embeddedStore(pglite: PGlite, closed: () => Promise<void> = () => Promise.resolve()): Store {
  const read = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) });
  return new Store({
    read,
    // The queue of `write` is the only way in.
    takeTurn: () => Promise.resolve(),
    notices: {
      async listen(listener) {
        const end = await pglite.listen(NOTICE_CHANNEL, (text) => listener.heard(text));
        return () => end();
      },
    },
    compete: leadAlways,
    async close() {
      await read.destroy();
      if (!pglite.closed) await pglite.close();
      await closed();
    },
  });
}
