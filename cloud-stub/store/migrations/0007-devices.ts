import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const STATEMENTS = [
  `alter table devices
    add column services jsonb not null default '[]', add column notes text not null default '', add column link text,
    add column mapped_address text unique`,
];

export const devices: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
