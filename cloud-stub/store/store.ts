/**
 * Where the cloud remembers everything: in a PostgreSQL that it starts itself (embedded-store.ts), or in one that the
 * configuration names and several processes may share. Both are opened by postgres-store.ts.
 */
import type { Kysely, Transaction } from 'kysely';
import { Migrator } from 'kysely/migration';
import { StoreError } from './errors.ts';
import type { Compete } from './leadership.ts';
import { MIGRATIONS } from './migrations/migrations.ts';
import type { Notices } from './notices.ts';
import type { Tables } from './schema.ts';

export type Reader = Kysely<Tables>;
export type Writer = Transaction<Tables>;

export interface StoreParts {
  readonly read: Reader;
  /** First in every transaction of `write`: lets one at a time pass. */
  readonly takeTurn: (writer: Writer) => Promise<void>;
  readonly notices: Notices;
  readonly compete: Compete;
  readonly close: () => Promise<void>;
}

export class Store {
  /** Outside a transaction. Inside `write` it does not see what the transaction has written. */
  readonly read: Reader;
  readonly notices: Notices;
  readonly compete: Compete;
  readonly #parts: StoreParts;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(parts: StoreParts) {
    this.read = parts.read;
    this.notices = parts.notices;
    this.compete = parts.compete;
    this.#parts = parts;
  }

  /**
   * One transaction at a time, in the order of the calls, of all processes on this database: what `work` has read stays
   * true until it is committed. Nothing of it stands when `work` rejects.
   */
  write<Result>(work: (writer: Writer) => Promise<Result>): Promise<Result> {
    const result = this.#lastWrite.then(() =>
      this.read.transaction().execute(async (writer) => {
        await this.#parts.takeTurn(writer);
        return work(writer);
      }),
    );
    this.#lastWrite = result.catch(() => undefined);
    return result;
  }

  /** @throws StoreError migration-failed */
  async migrate(): Promise<void> {
    const migrator = new Migrator({
      db: this.read,
      provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
    });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined)
      throw new StoreError('migration-failed', 'The tables are not as expected.', { cause: error });
  }

  async close(): Promise<void> {
    await this.#lastWrite;
    await this.#parts.close();
  }
}
