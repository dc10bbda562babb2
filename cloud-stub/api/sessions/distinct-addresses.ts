/**
 * A client has one routing table: no two gateways of one session may be reached under the same address.
 * Devices that have the same one can be mapped to another (1:1).
 */
import type { Reader } from '../../store/store.ts';
import type { NewRelease } from '../contract.ts';
import { Problem } from '../errors.ts';

/**
 * The first address under which a client would have to reach two gateways; null when there is none. Pure.
 * @param mapped from `mappingKey` to the address that the device is mapped to
 */
export function firstSharedAddress(
  released: readonly NewRelease[],
  mapped: ReadonlyMap<string, string>,
): string | null {
  const owners = new Map<string, string>();
  for (const { gateway, target } of released) {
    const reachedAs = reachedAddress(gateway, target.address, mapped);
    const owner = owners.get(reachedAs);
    if (owner !== undefined && owner !== gateway) return reachedAs;
    owners.set(reachedAs, gateway);
  }
  return null;
}

/** Under which address a client reaches a device. */
export function reachedAddress(gateway: string, address: string, mapped: ReadonlyMap<string, string>): string {
  return mapped.get(mappingKey(gateway, address)) ?? address;
}

function mappingKey(gateway: string, address: string): string {
  return `${gateway} ${address}`;
}

export async function mappingsOf(reader: Reader, gateways: readonly string[]): Promise<Map<string, string>> {
  if (gateways.length === 0) return new Map();
  const rows = await reader
    .selectFrom('devices')
    .select(['gateway', 'address', 'mapped_address'])
    .where('gateway', 'in', gateways)
    .where('mapped_address', 'is not', null)
    .execute();
  return new Map(rows.map((row) => [mappingKey(row.gateway, row.address), row.mapped_address ?? '']));
}

/**
 * After a device behind `gateway` has lost the mapping of `address`: whether every session that releases it can do
 * without.
 * @throws Problem mapping-needed naming the first session that cannot
 */
export async function requireDistinctAddresses(reader: Reader, gateway: string, address: string): Promise<void> {
  const sessions = await reader
    .selectFrom('session_releases as sr')
    .innerJoin('sessions as s', 's.id', 'sr.session_id')
    .select(['s.id', 's.name'])
    .distinct()
    .where('sr.gateway', '=', gateway)
    .where('sr.address', '=', address)
    .execute();
  for (const { id, name } of sessions) {
    const rows = await reader.selectFrom('session_releases').selectAll().where('session_id', '=', id).execute();
    const released = rows.map((row) => ({ gateway: row.gateway, target: { address: row.address } }));
    const gateways = [...new Set(rows.map((row) => row.gateway))];
    if (firstSharedAddress(released, await mappingsOf(reader, gateways)) !== null)
      throw new Problem('mapping-needed', { detail: name });
  }
}
