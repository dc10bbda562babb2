import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { auditWords } from '../audit-words.ts';
import type { Tables } from '../schema.ts';

const COLUMNS = [
  `alter table audit add column words tsvector not null default ''`,
  `alter table audit add column actor_kind text not null generated always as (case
    when actor = 'cloud' then 'cloud'
    when actor like '%>' then 'users'
    when actor like 'gateway %' then 'gateways'
    when actor like 'client %' then 'clients'
    else 'users' end) stored`,
];

/** Lists are read newest first, whatever they are filtered by. */
const INDEXES = [
  `create index audit_at on audit (at, sequence)`,
  `create index audit_actor on audit (actor, at, sequence)`,
  `create index audit_actor_kind on audit (actor_kind, at, sequence)`,
  `create index audit_action on audit (action, at, sequence)`,
  `create index audit_gateway on audit (gateway, at, sequence) where gateway is not null`,
  `create index audit_origin on audit (origin, at, sequence) where origin is not null`,
  // Without fastupdate: a search need not read through a list of what is not sorted in yet.
  `create index audit_words on audit using gin (words) with (fastupdate = off)`,
  `create index sessions_created on sessions (created_at, id)`,
  `create index sessions_state on sessions (state, created_at, id)`,
  `create index sessions_run on sessions (run_id)`,
  `create index session_users_user on session_users (user_id, session_id)`,
  `create index session_releases_gateway on session_releases (gateway, session_id)`,
  `create index session_runs_session on session_runs (session_id, started_at)`,
  `create index session_runs_started_by on session_runs (started_by, session_id)`,
  `create index run_gateways_gateway on run_gateways (gateway, run_id)`,
];

/**
 * Entries go only together with the entry that says so: the newest one of the log, written in the same transaction, names
 * exactly what is removed, and nothing older stays. So a removal leaves a checkpoint that the rest continues from, and
 * everything else is still refused, whoever asks: no switch and no role opens the table.
 */
const RETENTION = [
  `drop trigger audit_append_only on audit`,
  `create trigger audit_append_only before update on audit for each row execute function refuse_audit_change()`,
  `create function refuse_audit_removal() returns trigger language plpgsql as $$
    declare
      gone record;
      checkpoint record;
    begin
      select count(*) as entries, min(sequence) as first, max(sequence) as last into gone from removed;
      if gone.entries = 0 then return null; end if;
      select action, details, xmin = pg_current_xact_id()::xid as is_of_now into checkpoint
        from audit order by sequence desc limit 1;
      if checkpoint.action is distinct from 'audit-retention' or not checkpoint.is_of_now
        or (checkpoint.details->>'from')::bigint is distinct from gone.first
        or (checkpoint.details->>'through')::bigint is distinct from gone.last
        or (checkpoint.details->>'count')::bigint is distinct from gone.entries
        or checkpoint.details->>'lastHash' is distinct from (select hash from removed where sequence = gone.last)
        or exists (select from audit where sequence <= gone.last)
      then raise exception 'the audit log is append-only'; end if;
      return null;
    end $$`,
  `create trigger audit_removal after delete on audit referencing old table as removed
    for each statement execute function refuse_audit_removal()`,
];

const PAGE = 1000;

export const history: Migration = {
  async up(db: Kysely<Tables>): Promise<void> {
    for (const statement of COLUMNS) await sql.raw(statement).execute(db);
    await fillWords(db);
    for (const statement of [...INDEXES, ...RETENTION]) await sql.raw(statement).execute(db);
  },
};

/** The words of entries written before; nothing that the hash covers is touched. */
async function fillWords(db: Kysely<Tables>): Promise<void> {
  await sql`alter table audit disable trigger audit_append_only`.execute(db);
  for (let last = 0; ; ) {
    const rows = await db
      .selectFrom('audit')
      .select(['sequence', 'at', 'actor', 'origin', 'action', 'session_id as sessionId', 'gateway', 'details'])
      .where('sequence', '>', last)
      .orderBy('sequence')
      .limit(PAGE)
      .execute();
    for (const row of rows)
      await sql`update audit set words = ${auditWords(row)}::tsvector where sequence = ${row.sequence}`.execute(db);
    if (rows.length < PAGE) break;
    last = rows.at(-1)?.sequence ?? last;
  }
  await sql`alter table audit enable trigger audit_append_only`.execute(db);
}
