/** What the client of a run has encapsulated for its gateways: the cloud hands it on, and can open none of it. */
import type { KeyForGateway } from '@edgegateway/protocol/client-api';
import type { Writer } from '../../store/store.ts';

export interface TakenKeys {
  /** Gateways that have a new one. */
  readonly stored: readonly string[];
  /** Gateways that had another one for the same key already. */
  readonly refused: readonly string[];
}

/**
 * The first one for a gateway's present key stays. A client makes one only, so a second that differs is a mistake or
 * comes from whoever has got hold of the event token, and would cut a session off that runs.
 *
 * What was made for a former key of the gateway's, or for a gateway that is no longer in the run, comes late: the client
 * is told of the change, and answers with another one.
 */
export async function takeEncapsulatedKeys(
  writer: Writer,
  runId: string,
  keys: readonly KeyForGateway[],
): Promise<TakenKeys> {
  const rows = await writer
    .selectFrom('run_gateways as rg')
    .innerJoin('session_runs as r', 'r.id', 'rg.run_id')
    .innerJoin('gateways as g', 'g.registration_id', 'rg.gateway')
    .select(['rg.gateway', 'rg.encapsulation_key', 'rg.encapsulated_key', 'g.report'])
    .where('rg.run_id', '=', runId)
    .where('r.ended_at', 'is', null)
    .execute();
  const stored: string[] = [];
  const refused: string[] = [];
  for (const { registrationId: gateway, encapsulationKey, encapsulatedKey } of keys) {
    const row = rows.find((one) => one.gateway === gateway && one.report?.encapsulationKey === encapsulationKey);
    if (row === undefined || row.encapsulated_key === encapsulatedKey) continue;
    if (row.encapsulation_key === encapsulationKey) {
      refused.push(gateway);
      continue;
    }
    await writer
      .updateTable('run_gateways')
      .set({ encapsulation_key: encapsulationKey, encapsulated_key: encapsulatedKey })
      .where('run_id', '=', runId)
      .where('gateway', '=', gateway)
      .execute();
    stored.push(gateway);
  }
  return { stored, refused };
}
