import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** When a session may run, what its plant has to say, and why it stands where it stands. */
const STATEMENTS = [
  `alter table sessions
    add column valid_from text, add column valid_to text, add column windows jsonb not null default '[]',
    add column time_zone text not null default 'UTC', add column plant_approval boolean not null default false,
    add column state_why jsonb`,
  `create index sessions_valid_to on sessions (valid_to) where state = 'prepared'`,
  `alter table session_runs add column expires_why jsonb`,
  `alter table run_gateways
    add column approval_until text, add column approved_at text, add column approved_by text`,
  `alter table gateways add column switched_at text`,
];

export const sessionRules: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
