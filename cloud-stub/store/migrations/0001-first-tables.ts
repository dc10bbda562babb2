import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Plain SQL: both databases speak the same, and a reviewer reads what is really there. */
const STATEMENTS = [
  `create table users (
    id uuid primary key, email text not null, name text not null, role text not null, state text not null,
    password_hash text, created_at text not null, removed_at text)`,
  `create unique index users_email on users (lower(email)) where removed_at is null`,
  `create table invitations (code_hash text primary key, user_id uuid not null references users, expires_at text not null)`,
  `create table logins (
    id_hash text primary key, user_id uuid not null references users, created_at text not null, last_used_at text not null)`,
  `create table gateways (
    registration_id text primary key, name text not null, certificate text not null, tunnel_address text not null unique,
    created_at text not null, last_seen_at text, report jsonb)`,
  `create table devices (
    id uuid primary key, gateway text not null references gateways on delete cascade, name text not null,
    kind text not null, address text not null, unique (gateway, address))`,
  `create table sessions (
    id uuid primary key, name text not null, description text not null, reason text not null,
    maximum_minutes integer not null, created_at text not null, created_by text not null,
    state text not null, state_reason text not null, run_id uuid)`,
  `create table session_releases (
    session_id uuid not null references sessions, position integer not null, gateway text not null,
    address text not null, protocol text, port integer, primary key (session_id, position))`,
  `create table session_users (
    session_id uuid not null references sessions, user_id uuid not null references users, primary key (session_id, user_id))`,
  `create table session_runs (
    id uuid primary key, session_id uuid not null references sessions, started_at text not null,
    started_by uuid not null references users, ticket_expires_at text not null, expires_at text not null, ended_at text,
    ticket_redeemed_at text, computer text, client_public_key text, client_address text,
    event_token_hash text unique, peers jsonb not null)`,
  `create unique index one_run_a_session on session_runs (session_id) where ended_at is null`,
  `create unique index one_client_an_address on session_runs (client_address) where ended_at is null`,
  `create unique index one_run_a_key on session_runs (client_public_key) where ended_at is null`,
  `create table run_gateways (
    run_id uuid not null references session_runs, gateway text not null, signalling_secret text not null,
    primary key (run_id, gateway))`,
  `create table tickets (
    ticket_hash text primary key, run_id uuid not null references session_runs, user_id uuid not null references users,
    expires_at text not null, redeemed_at text)`,
  `create table audit (
    sequence bigint primary key, at text not null, actor text not null, origin text, action text not null,
    session_id uuid, gateway text, details jsonb not null, previous_hash text not null, hash text not null)`,
  `create index audit_session on audit (session_id, sequence)`,
  `create function refuse_audit_change() returns trigger language plpgsql as $$
    begin raise exception 'the audit log is append-only'; end $$`,
  `create trigger audit_append_only before update or delete on audit
    for each row execute function refuse_audit_change()`,
  `create trigger audit_not_emptied before truncate on audit
    for each statement execute function refuse_audit_change()`,
  `create table event_logs (
    source text not null, log uuid not null, last_sequence bigint not null, gap_since text, primary key (source, log))`,
  `create table hub_devices (registration_id text primary key, document jsonb not null)`,
];

export const firstTables: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
