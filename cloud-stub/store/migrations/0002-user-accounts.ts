import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Who was logged in logs in again: nobody knows from where and with what these logins were made. */
const STATEMENTS = [
  `alter table users add column last_login_at text, add column totp_secret text, add column totp_pending text,
    add column totp_since text, add column totp_last_step bigint not null default 0,
    add column sso_issuer text, add column sso_subject text`,
  `create unique index users_sso on users (sso_issuer, sso_subject) where removed_at is null`,
  `delete from logins`,
  `alter table logins add column id uuid not null unique, add column method text not null,
    add column second_factor_at text, add column address text not null, add column browser text not null`,
  `create index logins_user on logins (user_id)`,
  `create table recovery_codes (code_hash text primary key, user_id uuid not null references users)`,
  `create index recovery_codes_user on recovery_codes (user_id)`,
  `create table login_failures (
    key_hash text primary key, failures double precision not null, last_at text not null, wait integer not null)`,
  `create index login_failures_last on login_failures (last_at)`,
];

export const userAccounts: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
