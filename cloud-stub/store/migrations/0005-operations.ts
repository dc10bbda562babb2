import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What several processes need on one database. Triggers tell every change that concerns gateways and clients in the very
 * transaction that makes it, so that none is lost when its process is killed: a gateway to bring in line stands in
 * `hub_work` until that is done, a run that changed is told to all (store/notices.ts).
 */
const STATEMENTS = [
  `create table hub_work (registration_id text primary key, asked bigint not null default 1)`,
  `create table hub_connections (registration_id text primary key, leader uuid not null)`,
  `create table access_tokens (
    id uuid primary key, user_id uuid not null references users, name text not null, prefix text not null,
    token_hash text not null unique, scopes jsonb not null, created_at text not null, expires_at text not null,
    last_used_at text, revoked_at text)`,
  `create index access_tokens_user on access_tokens (user_id)`,

  `create function mark_hub_work(gateway_id text) returns void language plpgsql as $$
    begin
      insert into hub_work (registration_id) values (gateway_id)
        on conflict (registration_id) do update set asked = hub_work.asked + 1;
      perform pg_notify('remoteconnect_cloud', '{"kind":"hub-work"}');
    end $$`,
  `create function tell_run(changed_run uuid) returns void language plpgsql as $$
    begin
      perform pg_notify('remoteconnect_cloud', json_build_object('kind', 'run', 'runId', changed_run)::text);
    end $$`,

  `create function run_changed() returns trigger language plpgsql as $$
    begin
      perform tell_run(new.id);
      perform mark_hub_work(gateway) from run_gateways where run_id = new.id;
      return null;
    end $$`,
  `create trigger run_changed after insert or update of ended_at, client_public_key, client_address, expires_at
    on session_runs for each row execute function run_changed()`,

  `create function run_gateway_changed() returns trigger language plpgsql as $$
    begin
      perform mark_hub_work(coalesce(new.gateway, old.gateway));
      perform tell_run(coalesce(new.run_id, old.run_id));
      return null;
    end $$`,
  `create trigger run_gateway_changed after insert or delete on run_gateways
    for each row execute function run_gateway_changed()`,

  `create function release_changed() returns trigger language plpgsql as $$
    declare running uuid;
    begin
      select id into running from session_runs
        where session_id = coalesce(new.session_id, old.session_id) and ended_at is null;
      if running is not null then
        perform mark_hub_work(coalesce(new.gateway, old.gateway));
        perform tell_run(running);
      end if;
      return null;
    end $$`,
  `create trigger release_changed after insert or update or delete on session_releases
    for each row execute function release_changed()`,

  `create function gateway_changed() returns trigger language plpgsql as $$
    begin
      perform mark_hub_work(coalesce(new.registration_id, old.registration_id));
      perform tell_run(r.id) from session_runs r join run_gateways g on g.run_id = r.id
        where g.gateway = coalesce(new.registration_id, old.registration_id) and r.ended_at is null;
      return null;
    end $$`,
  `create trigger gateway_came_or_went after insert or delete on gateways
    for each row execute function gateway_changed()`,
  `create trigger gateway_changed after update on gateways for each row
    when (old.certificate is distinct from new.certificate
      or old.report ->> 'wireguardPublicKey' is distinct from new.report ->> 'wireguardPublicKey')
    execute function gateway_changed()`,
];

export const operations: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
