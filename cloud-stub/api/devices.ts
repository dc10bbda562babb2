/** The devices behind gateways (C8), and under which addresses clients reach them. */
import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import { appendAudit } from '../store/audit-log.ts';
import type { DeviceTable } from '../store/schema.ts';
import type { Writer } from '../store/store.ts';
import type { Asker, Context } from './context.ts';
import type { Device, NewDevice } from './contract/devices.ts';
import { Problem } from './errors.ts';
import { requireGateway } from './known-gateway.ts';
import { requireDistinctAddresses } from './sessions/distinct-addresses.ts';
import { freeTunnelAddress } from './sessions/tunnel-addresses.ts';

type DeviceRow = Selectable<DeviceTable>;

export function deviceOf(row: DeviceRow): Device {
  const { id, gateway, name, kind, address, services, notes, link, mapped_address: mappedAddress } = row;
  return { id, gateway, name, kind, address, services: [...services], notes, link, mappedAddress };
}

/** @throws Problem not-found, address-taken, addresses-exhausted */
export function addDevice(context: Context, gateway: string, wanted: NewDevice, asker: Asker): Promise<Device> {
  return context.store.write(async (writer) => {
    await requireGateway(writer, gateway);
    const id = randomUUID();
    await requireFreeAddress(writer, id, gateway, wanted.address);
    const values = { id, gateway, ...(await columnsOf(context, writer, wanted, null)) };
    const row = await writer.insertInto('devices').values(values).returningAll().executeTakeFirstOrThrow();
    await tell(context, writer, asker, 'device-added', row);
    return deviceOf(row);
  });
}

/** @throws Problem not-found, address-taken, addresses-exhausted, mapping-needed */
export function changeDevice(context: Context, id: string, wanted: NewDevice, asker: Asker): Promise<Device> {
  return context.store.write(async (writer) => {
    const before = await writer.selectFrom('devices').selectAll().where('id', '=', id).executeTakeFirst();
    if (before === undefined) throw new Problem('not-found');
    await requireFreeAddress(writer, id, before.gateway, wanted.address);
    const row = await writer
      .updateTable('devices')
      .set(await columnsOf(context, writer, wanted, before.mapped_address))
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    await requireDistinctAddresses(writer, before.gateway, before.address);
    await tell(context, writer, asker, 'device-changed', row);
    return deviceOf(row);
  });
}

/**
 * @returns the gateway it was behind
 * @throws Problem not-found, mapping-needed
 */
export function removeDevice(context: Context, id: string, asker: Asker): Promise<string> {
  return context.store.write(async (writer) => {
    const row = await writer.deleteFrom('devices').where('id', '=', id).returningAll().executeTakeFirst();
    if (row === undefined) throw new Problem('not-found');
    await requireDistinctAddresses(writer, row.gateway, row.address);
    await tell(context, writer, asker, 'device-removed', row);
    return row.gateway;
  });
}

async function requireFreeAddress(writer: Writer, id: string, gateway: string, address: string): Promise<void> {
  const taken = await writer
    .selectFrom('devices')
    .select('id')
    .where('gateway', '=', gateway)
    .where('address', '=', address)
    .where('id', '!=', id)
    .executeTakeFirst();
  if (taken !== undefined) throw new Problem('address-taken');
}

async function columnsOf(context: Context, writer: Writer, wanted: NewDevice, mappedBefore: string | null) {
  const { isMapped, services, ...rest } = wanted;
  const mapped = isMapped ? (mappedBefore ?? (await freeMappedAddress(context, writer))) : null;
  return { ...rest, services: JSON.stringify(services), mapped_address: mapped };
}

async function freeMappedAddress({ configuration }: Context, writer: Writer): Promise<string> {
  const rows = await writer.selectFrom('devices').select('mapped_address').execute();
  const address = freeTunnelAddress('device', {
    network: configuration.tunnelNetwork,
    taken: new Set(rows.flatMap(({ mapped_address: taken }) => taken ?? [])),
    occupied: [],
  });
  if (address === null) throw new Problem('addresses-exhausted');
  return address;
}

async function tell(context: Context, writer: Writer, asker: Asker, action: string, row: DeviceRow): Promise<void> {
  const { id: _id, gateway, ...details } = deviceOf(row);
  await appendAudit(writer, { at: context.now().toISOString(), ...asker, action, gateway, details });
}
