/** Gateways (C8). */
import { X509Certificate } from 'node:crypto';
import { appendAudit } from '../store/audit-log.ts';
import type { Reader } from '../store/store.ts';
import type { Asker, Context } from './context.ts';
import type { Gateway, NewGateway, User } from './contract.ts';
import { deviceOf } from './devices.ts';
import { Problem } from './errors.ts';
import { gatewayState } from './gateway-state.ts';
import { scopeOf } from './rights.ts';
import { freeTunnelAddress } from './sessions/tunnel-addresses.ts';

/** All, or those of the sessions released to the user, and of their devices only the released ones. */
export async function listGateways(context: Context, user: User): Promise<Gateway[]> {
  const { read } = context.store;
  const rows = await read.selectFrom('gateways').selectAll().orderBy('name').execute();
  const devices = await read.selectFrom('devices').selectAll().orderBy('name').execute();
  const released = scopeOf(user.role, 'see-gateways') === 'all' ? null : await releasedTo(read, user.id);
  const seen = devices.filter(
    ({ gateway, address }) => released === null || released.get(gateway)?.has(address) === true,
  );
  const behind = Map.groupBy(seen, ({ gateway }) => gateway);
  return rows
    .filter((row) => released === null || released.has(row.registration_id))
    .map((row) => ({
      registrationId: row.registration_id,
      name: row.name,
      state: gatewayState(row.report, row.last_seen_at, context.hub.isConnected(row.registration_id), row.admission),
      lastSeenAt: row.last_seen_at,
      version: row.report?.version ?? null,
      localNetworks: released === null ? [...(row.report?.localNetworks ?? [])] : [],
      devices: (behind.get(row.registration_id) ?? []).map(deviceOf),
    }));
}

/** By gateway, the addresses that some session releases to the user. */
async function releasedTo(reader: Reader, userId: string): Promise<Map<string, Set<string>>> {
  const rows = await reader
    .selectFrom('session_releases as sr')
    .innerJoin('session_users as su', 'su.session_id', 'sr.session_id')
    .select(['sr.gateway', 'sr.address'])
    .distinct()
    .where('su.user_id', '=', userId)
    .execute();
  const released = new Map<string, Set<string>>();
  for (const { gateway, address } of rows) {
    const addresses = released.get(gateway) ?? new Set();
    released.set(gateway, addresses.add(address));
  }
  return released;
}

/** @throws Problem certificate-invalid, certificate-of-another, gateway-exists, addresses-exhausted */
export async function addGateway(context: Context, wanted: NewGateway, asker: Asker): Promise<void> {
  const certificate = readCertificate(wanted);
  const at = context.now().toISOString();
  await context.store.write(async (writer) => {
    const rows = await writer.selectFrom('gateways').select(['registration_id', 'tunnel_address']).execute();
    if (rows.some(({ registration_id }) => registration_id === wanted.registrationId))
      throw new Problem('gateway-exists');
    const address = freeTunnelAddress('gateway', {
      network: context.configuration.tunnelNetwork,
      taken: new Set(rows.map(({ tunnel_address }) => tunnel_address)),
      occupied: [],
    });
    if (address === null) throw new Problem('addresses-exhausted');
    await writer
      .insertInto('gateways')
      .values({
        registration_id: wanted.registrationId,
        name: wanted.name,
        certificate: certificate.toString(),
        tunnel_address: address,
        created_at: at,
        last_seen_at: null,
        report: null,
      })
      .execute();
    await appendAudit(writer, {
      at,
      ...asker,
      action: 'gateway-added',
      gateway: wanted.registrationId,
      details: { name: wanted.name, fingerprint: certificate.fingerprint256, tunnelAddress: address },
    });
  });
  await context.hub.enroll(wanted.registrationId, certificate.toString());
}

/** DPS takes a device by the common name of its certificate: it has to be the registration id. */
function readCertificate({ registrationId, certificate }: NewGateway): X509Certificate {
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(certificate);
  } catch {
    throw new Problem('certificate-invalid');
  }
  if (!parsed.subject.split('\n').includes(`CN=${registrationId}`)) throw new Problem('certificate-of-another');
  return parsed;
}

/** @throws Problem not-found */
export async function removeGateway(context: Context, registrationId: string, asker: Asker): Promise<void> {
  await context.store.write(async (writer) => {
    const row = await writer
      .deleteFrom('gateways')
      .where('registration_id', '=', registrationId)
      .returning('name')
      .executeTakeFirst();
    if (row === undefined) throw new Problem('not-found');
    const at = context.now().toISOString();
    await appendAudit(writer, {
      at,
      ...asker,
      action: 'gateway-removed',
      gateway: registrationId,
      details: { name: row.name },
    });
  });
  await context.hub.remove(registrationId);
}
