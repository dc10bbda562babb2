import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Work for the process that runs the hub, noted in the transaction that makes it: enrolment groups, gateways that are
 * kept out or let in, searches for devices (the last one of each gateway), devices that clients reach under another address.
 */
const STATEMENTS = [
  `create function enrolment_group_changed() returns trigger language plpgsql as $$
    begin
      perform mark_hub_work('+group ' || coalesce(new.id, old.id));
      return null;
    end $$`,
  `create trigger enrolment_group_changed after insert or delete on enrolment_groups
    for each row execute function enrolment_group_changed()`,

  `create trigger gateway_admitted after update on gateways for each row
    when (old.admission is distinct from new.admission) execute function gateway_changed()`,

  `create table plant_scans (
    gateway text primary key references gateways on delete cascade, id uuid not null, asked_at text not null,
    state text not null, result jsonb)`,
  `create function plant_scan_asked() returns trigger language plpgsql as $$
    begin
      perform mark_hub_work(new.gateway);
      return null;
    end $$`,
  `create trigger plant_scan_asked after insert or update of id on plant_scans
    for each row execute function plant_scan_asked()`,

  `create function device_address_changed() returns trigger language plpgsql as $$
    declare behind text := coalesce(new.gateway, old.gateway);
    begin
      perform mark_hub_work(behind);
      perform tell_run(r.id) from session_runs r join run_gateways g on g.run_id = r.id
        where g.gateway = behind and r.ended_at is null;
      return null;
    end $$`,
  `create trigger device_mapped after insert on devices for each row
    when (new.mapped_address is not null) execute function device_address_changed()`,
  `create trigger device_mapped_anew after update on devices for each row
    when (coalesce(old.mapped_address, new.mapped_address) is not null
      and (old.mapped_address, old.address) is distinct from (new.mapped_address, new.address))
    execute function device_address_changed()`,
  `create trigger device_unmapped after delete on devices for each row
    when (old.mapped_address is not null) execute function device_address_changed()`,
];

export const furtherHubWork: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
