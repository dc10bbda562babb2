/** Searches for devices behind gateways: asked for by an administrator, carried out by the gateway (C8). */
import { randomUUID } from 'node:crypto';
import { plantScan, SCAN_METHOD } from '@edgegateway/protocol/plant-scan';
import type { Hub } from '../hub/hub.ts';
import { HubError } from '../hub/hub-error.ts';
import { appendAudit } from '../store/audit-log.ts';
import type { Reader } from '../store/store.ts';
import type { Asker, Context } from './context.ts';
import type { GatewayScan, ScanState } from './contract/plant-scans.ts';
import { Problem } from './errors.ts';
import { requireGateway } from './known-gateway.ts';

/** A /22 takes a gateway about 45 seconds. */
const ANSWER_SECONDS = 120;

/** After that a search whose process was killed no longer counts as running. */
const ABANDONED_MILLISECONDS = 2 * ANSWER_SECONDS * 1000;

export async function lastScan(reader: Reader, gateway: string): Promise<GatewayScan | null> {
  const row = await reader.selectFrom('plant_scans').selectAll().where('gateway', '=', gateway).executeTakeFirst();
  return row === undefined ? null : { askedAt: row.asked_at, state: row.state, result: row.result };
}

/**
 * Noted in the store, where the process that runs the hub finds it.
 * @throws Problem not-found, gateway-offline, scan-running
 */
export async function askForScan(context: Context, gateway: string, asker: Asker): Promise<GatewayScan> {
  const now = context.now();
  const at = now.toISOString();
  await context.store.write(async (writer) => {
    await requireGateway(writer, gateway);
    if (!context.hub.isConnected(gateway)) throw new Problem('gateway-offline');
    const former = await lastScan(writer, gateway);
    const age = former === null ? 0 : now.getTime() - Date.parse(former.askedAt);
    if (former?.state === 'running' && age < ABANDONED_MILLISECONDS) throw new Problem('scan-running');
    const values = { id: randomUUID(), asked_at: at, state: 'running', result: null } as const;
    await writer
      .insertInto('plant_scans')
      .values({ gateway, ...values })
      .onConflict((conflict) => conflict.column('gateway').doUpdateSet(values))
      .execute();
    await appendAudit(writer, { at, ...asker, action: 'plant-scan-asked', gateway });
  });
  context.changes.tell({ topic: 'gateways', id: gateway });
  return { askedAt: at, state: 'running', result: null };
}

/** Carries out each search once, where the hub is. */
export class ScanRunner {
  readonly #context: Context;
  readonly #hub: Hub;
  /** By the search's id. */
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(context: Context, hub: Hub) {
    this.#context = context;
    this.#hub = hub;
  }

  /** Begins what waits in the store: whoever led before may have died over it. */
  async resume(): Promise<void> {
    const rows = await this.#context.store.read
      .selectFrom('plant_scans')
      .select('gateway')
      .where('state', '=', 'running')
      .execute();
    for (const { gateway } of rows) await this.begin(gateway);
  }

  /** Begins the search that waits for this gateway, if there is one. */
  async begin(gateway: string): Promise<void> {
    const row = await this.#context.store.read
      .selectFrom('plant_scans')
      .select(['id', 'state'])
      .where('gateway', '=', gateway)
      .executeTakeFirst();
    if (row === undefined || row.state !== 'running' || this.#underWay.has(row.id)) return;
    const done = this.#carryOut(gateway, row.id)
      .catch((error: unknown) => this.#context.log.error({ err: error, gateway }, 'a search for devices failed'))
      .finally(() => this.#underWay.delete(row.id));
    this.#underWay.set(row.id, done);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#underWay.values());
  }

  async #carryOut(gateway: string, id: string): Promise<void> {
    const { store, changes } = this.#context;
    const { state, result } = await this.#ask(gateway);
    await store.write((writer) =>
      writer
        .updateTable('plant_scans')
        .set({ state, result: result === null ? null : JSON.stringify(result) })
        .where('gateway', '=', gateway)
        .where('id', '=', id)
        .execute(),
    );
    changes.tell({ topic: 'gateways', id: gateway });
  }

  async #ask(gateway: string): Promise<{ readonly state: ScanState; readonly result: GatewayScan['result'] }> {
    try {
      const call = { name: SCAN_METHOD, payload: null, responseTimeoutSeconds: ANSWER_SECONDS };
      const { status, payload } = await this.#hub.ask(gateway, call);
      const scan = status === 200 ? plantScan.safeParse(payload) : undefined;
      return scan?.success === true ? { state: 'done', result: scan.data } : { state: 'failed-refused', result: null };
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      return { state: error.code === 'gateway-offline' ? 'failed-offline' : 'failed-silent', result: null };
    }
  }
}
