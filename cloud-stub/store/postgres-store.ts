/**
 * PostgreSQL, for one process or several.
 *
 * Writers take turns by one advisory lock, so that every process sees what the one before has written, and what was
 * checked inside a transaction stays true in it. Every write ends in the chained audit log, which is serial in any case:
 * finer locks would only add conflicts that have to be tried again.
 */
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { StoreError } from './errors.ts';
import { competeOnPostgres } from './postgres-leadership.ts';
import { postgresNotices } from './postgres-notices.ts';
import type { Tables } from './schema.ts';
import { Store } from './store.ts';

const CONNECTIONS = 8;
/** Any number; it only has to be the same for all who write. */
const WRITE_LOCK = 7_201_534;
/** The database ends the transaction of a process that stands still, as all others wait for it. Milliseconds. */
const STANDSTILL_LIMIT = 10_000;

export interface ServerCare {
  /** Awaited before a statement is sent; rejects where it would be in vain. */
  untilReady(): Promise<void>;
  /** Called once all connections are closed. */
  closed(): Promise<void>;
}

/** A server that somebody else looks after. */
const FOREIGN: ServerCare = { untilReady: () => Promise.resolve(), closed: () => Promise.resolve() };

/**
 * @param url `postgres://...`
 * @throws StoreError database-unreachable
 */
export async function openPostgres(url: string, care: ServerCare = FOREIGN): Promise<Store> {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, Number);
  const connection = { connectionString: url, keepAlive: true };
  const pool = new pg.Pool({
    ...connection,
    types,
    max: CONNECTIONS,
    idle_in_transaction_session_timeout: STANDSTILL_LIMIT,
  });
  // A connection that breaks is replaced by the pool, and its statement rejects; without listeners the process would end.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  try {
    (await pool.connect()).release();
  } catch (error) {
    await pool.end();
    // The cause may quote the address with its password.
    throw new StoreError('database-unreachable', `The database does not answer (${codeOf(error)}).`);
  }
  const connect = async () => {
    await care.untilReady();
    return pool.connect();
  };
  const patientPool = { options: pool.options, connect, end: () => pool.end() };
  const read = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: patientPool }) });
  return new Store({
    read,
    async takeTurn(writer) {
      // Each later statement has a snapshot of its own (read committed), taken while this lock is held.
      await sql`select pg_advisory_xact_lock(${WRITE_LOCK})`.execute(writer);
    },
    notices: postgresNotices(connection),
    compete: competeOnPostgres(connection),
    async close() {
      await read.destroy();
      await care.closed();
    },
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no code';
}
