/** Keeping gateways out and letting them in again, without forgetting them. */
import { appendAudit } from '../store/audit-log.ts';
import type { Asker, Context } from './context.ts';
import type { Admission } from './contract/enrolment.ts';
import { Problem } from './errors.ts';

/** @throws Problem not-found */
export async function disableGateway(context: Context, registrationId: string, asker: Asker): Promise<void> {
  await admit(context, registrationId, 'disabled', asker);
  await context.hub.disable(registrationId);
}

/**
 * Accepts a gateway that waits, or lets a disabled one in again.
 * @throws Problem not-found
 */
export async function enableGateway(context: Context, registrationId: string, asker: Asker): Promise<void> {
  await admit(context, registrationId, 'accepted', asker);
  await context.hub.enable(registrationId);
}

/**
 * Makes the hub let in and keep out whom the store says.
 * @returns the gateways of the store
 */
export async function admitAll(context: Context): Promise<readonly { readonly registration_id: string }[]> {
  const { store, hub } = context;
  const groups = await store.read.selectFrom('enrolment_groups').select(['id', 'certificate']).execute();
  for (const { id, certificate } of groups) await hub.enrollGroup(id, certificate);
  const gateways = await store.read.selectFrom('gateways').select('registration_id').execute();
  for (const { registration_id } of gateways) await admitGateway(context, registration_id);
  return gateways;
}

/** @returns false when the gateway is not in the store */
export async function admitGateway({ store, hub }: Context, registrationId: string): Promise<boolean> {
  const row = await store.read
    .selectFrom('gateways')
    .select(['certificate', 'enrolment_group', 'admission'])
    .where('registration_id', '=', registrationId)
    .executeTakeFirst();
  if (row === undefined) return false;
  if (row.enrolment_group === null && row.certificate !== null) await hub.enroll(registrationId, row.certificate);
  await (row.admission === 'disabled' ? hub.disable(registrationId) : hub.enable(registrationId));
  return true;
}

async function admit({ store, now }: Context, id: string, admission: Admission, asker: Asker): Promise<void> {
  await store.write(async (writer) => {
    const row = await writer
      .selectFrom('gateways')
      .select('admission')
      .where('registration_id', '=', id)
      .executeTakeFirst();
    if (row === undefined) throw new Problem('not-found');
    if (row.admission === admission) return;
    await writer.updateTable('gateways').set({ admission }).where('registration_id', '=', id).execute();
    const action = actionOf(row.admission, admission);
    await appendAudit(writer, { at: now().toISOString(), ...asker, action, gateway: id });
  });
}

function actionOf(before: Admission, after: Admission): string {
  if (after === 'disabled') return 'gateway-disabled';
  return before === 'waiting' ? 'gateway-accepted' : 'gateway-enabled';
}
