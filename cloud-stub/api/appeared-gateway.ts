/** A gateway that came by an enrolment group: it is in the list from now on, and waits for an administrator. */
import { X509Certificate } from 'node:crypto';
import type { AppearedGateway } from '../hub/hub.ts';
import { appendAudit } from '../store/audit-log.ts';
import { CLOUD, type Context } from './context.ts';
import { Problem } from './errors.ts';
import { freeTunnelAddress } from './sessions/tunnel-addresses.ts';

/**
 * Nothing happens to a gateway that is known, but that the certificate it came with is noted.
 * @throws Problem addresses-exhausted
 */
export async function takeInAppeared(
  context: Context,
  registrationId: string,
  { groupId, certificatePem }: AppearedGateway,
): Promise<void> {
  const at = context.now().toISOString();
  const isNew = await context.store.write(async (writer) => {
    const known = await writer
      .selectFrom('gateways')
      .select(['certificate', 'enrolment_group'])
      .where('registration_id', '=', registrationId)
      .executeTakeFirst();
    const fingerprint = certificatePem === null ? null : new X509Certificate(certificatePem).fingerprint256;
    const noted = { at, ...CLOUD, gateway: registrationId, details: { group: groupId, fingerprint } };
    if (known !== undefined) {
      if (known.enrolment_group === null || known.certificate === certificatePem) return false;
      await writer
        .updateTable('gateways')
        .set({ certificate: certificatePem })
        .where('registration_id', '=', registrationId)
        .execute();
      await appendAudit(writer, { ...noted, action: 'gateway-certificate-changed' });
      return false;
    }
    const rows = await writer.selectFrom('gateways').select('tunnel_address').execute();
    const address = freeTunnelAddress('gateway', {
      network: context.configuration.tunnelNetwork,
      taken: new Set(rows.map(({ tunnel_address }) => tunnel_address)),
      occupied: [],
    });
    if (address === null) throw new Problem('addresses-exhausted');
    await writer
      .insertInto('gateways')
      .values({
        registration_id: registrationId,
        name: registrationId,
        certificate: certificatePem,
        enrolment_group: groupId,
        admission: 'waiting',
        tunnel_address: address,
        created_at: at,
        last_seen_at: null,
        report: null,
      })
      .execute();
    await appendAudit(writer, { ...noted, action: 'gateway-appeared' });
    return true;
  });
  if (isNew) context.changes.tell({ topic: 'gateways', id: registrationId });
}
