import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Enrolment groups, who of them is let in, and how far the messages of an Azure hub are read. */
const STATEMENTS = [
  `alter table gateways alter column certificate drop not null`,
  `alter table gateways add column enrolment_group text`,
  `alter table gateways add column admission text not null default 'accepted'`,
  `create table enrolment_groups (
    id text primary key, name text not null, certificate text not null, created_at text not null)`,
  `create table hub_groups (group_id text primary key, document jsonb not null)`,
  `create table hub_checkpoints ("partition" text primary key, "offset" text not null)`,
];

export const hub: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
