/** Another tunnel address for a gateway whose own means something else around it, or lies outside of the cloud's network. */
import type { GatewayReport } from '@edgegateway/protocol/gateway-configuration';
import { appendAudit } from '../store/audit-log.ts';
import { CLOUD, type Context } from './context.ts';
import { occupiedAround } from './sessions/occupied-addresses.ts';
import { runningThrough } from './sessions/session-queries.ts';
import { freeTunnelAddress, isAddressFine, isSingle } from './sessions/tunnel-addresses.ts';

/**
 * Nothing is changed under sessions that run, unless the address is one that the gateway itself cannot use.
 * @returns whether the gateway has another address now
 */
export async function moveTunnelAddress(
  context: Context,
  registrationId: string,
  report: GatewayReport,
): Promise<boolean> {
  const network = context.configuration.tunnelNetwork;
  const occupied = occupiedAround(report);
  // Gateways report often, and writers wait for each other.
  const known = await context.store.read
    .selectFrom('gateways')
    .select('tunnel_address')
    .where('registration_id', '=', registrationId)
    .executeTakeFirst();
  if (known === undefined || isAddressFine(known.tunnel_address, { network, occupied })) return false;
  return context.store.write(async (writer) => {
    const rows = await writer.selectFrom('gateways').select(['registration_id', 'tunnel_address']).execute();
    const present = rows.find(({ registration_id }) => registration_id === registrationId)?.tunnel_address;
    if (present === undefined || isAddressFine(present, { network, occupied })) return false;
    const isUsable = isAddressFine(present, { network: `${present}/32`, occupied: occupied.filter(isSingle) });
    if (isUsable && (await runningThrough(writer, registrationId)).length > 0) return false;
    const taken = new Set(rows.map(({ tunnel_address }) => tunnel_address));
    const address = freeTunnelAddress('gateway', { network, taken, occupied });
    // Where all there is lies in the carrier's network, one is as good as another.
    const isBetter = address !== null && (!isUsable || isAddressFine(address, { network, occupied }));
    if (!isBetter) return false;
    await writer
      .updateTable('gateways')
      .set({ tunnel_address: address })
      .where('registration_id', '=', registrationId)
      .execute();
    await appendAudit(writer, {
      at: context.now().toISOString(),
      ...CLOUD,
      action: 'gateway-address-changed',
      gateway: registrationId,
      details: { before: present, tunnelAddress: address },
    });
    return true;
  });
}
