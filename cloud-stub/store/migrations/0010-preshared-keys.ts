import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * The encapsulated key of a run's client for each of its gateways, and the gateway's key that it was made for. Both ends of
 * an exchange are told of what changes; a gateway of before tells its key with its next report.
 */
const STATEMENTS = [
  `alter table run_gateways add column encapsulation_key text, add column encapsulated_key text,
    add check ((encapsulation_key is null) = (encapsulated_key is null))`,
  `create trigger run_gateway_key_changed after update of encapsulated_key on run_gateways
    for each row execute function run_gateway_changed()`,
  `drop trigger gateway_changed on gateways`,
  `create trigger gateway_changed after update on gateways for each row
    when (old.certificate is distinct from new.certificate
      or old.report ->> 'wireguardPublicKey' is distinct from new.report ->> 'wireguardPublicKey'
      or old.report ->> 'encapsulationKey' is distinct from new.report ->> 'encapsulationKey')
    execute function gateway_changed()`,
  `update gateways set report = null where report ->> 'encapsulationKey' is null`,
];

export const presharedKeys: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
