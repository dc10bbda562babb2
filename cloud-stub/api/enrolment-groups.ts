/** Certification authorities whose gateways appear by themselves. */
import { randomUUID, X509Certificate } from 'node:crypto';
import type { Selectable } from 'kysely';
import { appendAudit } from '../store/audit-log.ts';
import type { EnrolmentGroupTable } from '../store/schema.ts';
import type { Asker, Context } from './context.ts';
import type { EnrolmentGroup, NewEnrolmentGroup } from './contract/enrolment.ts';
import { Problem } from './errors.ts';

export async function listEnrolmentGroups({ store }: Context): Promise<EnrolmentGroup[]> {
  const rows = await store.read.selectFrom('enrolment_groups').selectAll().orderBy('name').execute();
  const gateways = await store.read
    .selectFrom('gateways')
    .select(['enrolment_group', (build) => build.fn.countAll<number>().as('number')])
    .groupBy('enrolment_group')
    .execute();
  return rows.map((row) => {
    const came = gateways.find(({ enrolment_group }) => enrolment_group === row.id);
    return groupOf(row, came?.number ?? 0);
  });
}

/** @throws Problem not-an-authority, group-exists */
export async function addEnrolmentGroup(
  context: Context,
  { name, certificate }: NewEnrolmentGroup,
  asker: Asker,
): Promise<EnrolmentGroup> {
  const authority = readAuthority(certificate);
  const at = context.now().toISOString();
  const row = { id: randomUUID(), name, certificate: authority.toString(), created_at: at };
  await context.store.write(async (writer) => {
    const same = await writer
      .selectFrom('enrolment_groups')
      .select('id')
      .where('certificate', '=', row.certificate)
      .executeTakeFirst();
    if (same !== undefined) throw new Problem('group-exists');
    await writer.insertInto('enrolment_groups').values(row).execute();
    const details = { group: row.id, name, fingerprint: authority.fingerprint256 };
    await appendAudit(writer, { at, ...asker, action: 'enrolment-group-added', details });
  });
  await context.hub.enrollGroup(row.id, row.certificate);
  return groupOf(row, 0);
}

/** @throws Problem not-found */
export async function removeEnrolmentGroup(context: Context, id: string, asker: Asker): Promise<void> {
  await context.store.write(async (writer) => {
    const row = await writer.deleteFrom('enrolment_groups').where('id', '=', id).returning('name').executeTakeFirst();
    if (row === undefined) throw new Problem('not-found');
    const at = context.now().toISOString();
    const details = { group: id, name: row.name };
    await appendAudit(writer, { at, ...asker, action: 'enrolment-group-removed', details });
  });
  await context.hub.removeGroup(id);
}

/** Makes the hub have this group exactly if the store has it. */
export async function followGroup({ store, hub }: Context, id: string): Promise<void> {
  const row = await store.read
    .selectFrom('enrolment_groups')
    .select('certificate')
    .where('id', '=', id)
    .executeTakeFirst();
  await (row === undefined ? hub.removeGroup(id) : hub.enrollGroup(id, row.certificate));
}

function readAuthority(certificate: string): X509Certificate {
  try {
    const parsed = new X509Certificate(certificate);
    if (parsed.ca) return parsed;
  } catch {
    // Not a certificate at all: the same refusal.
  }
  throw new Problem('not-an-authority');
}

function groupOf(row: Selectable<EnrolmentGroupTable>, gateways: number): EnrolmentGroup {
  const certificate = new X509Certificate(row.certificate);
  return {
    id: row.id,
    name: row.name,
    authority: certificate.subject.replaceAll('\n', ', ').slice(0, 300),
    fingerprint: certificate.fingerprint256,
    validUntil: certificate.validToDate.toISOString(),
    createdAt: row.created_at,
    gateways,
  };
}
