import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What a search of the sessions looks through in each: to lower the texts for every search costs more than all else in it. */
const STATEMENTS = [
  `alter table sessions add column searched text not null
    generated always as (lower(name || E'\\n' || description || E'\\n' || reason || E'\\n' || created_by)) stored`,
];

export const sessionSearch: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
