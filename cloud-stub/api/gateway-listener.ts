/** What gateways tell the cloud through the hub. */
import { type AuditEvent, type AuditEventBatch, auditEventBatch } from '@edgegateway/protocol/audit-event';
import type { GatewayReport } from '@edgegateway/protocol/gateway-configuration';
import type { AppearedGateway, HubListener } from '../hub/hub.ts';
import { appendAudit } from '../store/audit-log.ts';
import { takeEvents } from '../store/event-intake.ts';
import { storableValue } from '../store/storable-text.ts';
import { takeInAppeared } from './appeared-gateway.ts';
import type { Asker, Context } from './context.ts';
import { takePlantAnswer } from './sessions/approvals.ts';
import type { ClientChannels } from './sessions/client-channels.ts';
import type { DesiredWriter } from './sessions/desired-writer.ts';
import type { SessionLife } from './sessions/session-life.ts';
import { runningThrough } from './sessions/session-queries.ts';
import { moveTunnelAddress } from './tunnel-address-move.ts';

export interface GatewayListenerParts {
  readonly context: Context;
  readonly life: SessionLife;
  readonly desired: DesiredWriter;
  readonly channels: ClientChannels;
}

export class GatewayListener implements HubListener {
  readonly #parts: GatewayListenerParts;

  constructor(parts: GatewayListenerParts) {
    this.#parts = parts;
  }

  async connectionChanged(registrationId: string, connected: boolean, at: string): Promise<void> {
    const { store, changes } = this.#parts.context;
    const known = await store.write(async (writer) => {
      const row = await writer
        .updateTable('gateways')
        .set({ last_seen_at: at })
        .where('registration_id', '=', registrationId)
        .returning('registration_id')
        .executeTakeFirst();
      if (row === undefined) return false;
      const action = connected ? 'gateway-connected' : 'gateway-disconnected';
      await appendAudit(writer, { at, actor: actorOf(registrationId), action, gateway: registrationId });
      return true;
    });
    if (known) changes.tell({ topic: 'gateways', id: registrationId }, { topic: 'sessions', id: null });
  }

  appeared(registrationId: string, gateway: AppearedGateway): Promise<void> {
    return takeInAppeared(this.#parts.context, registrationId, gateway);
  }

  async reported(registrationId: string, report: GatewayReport): Promise<void> {
    const { context, life, desired, channels } = this.#parts;
    const at = context.now().toISOString();
    const before = await context.store.write(async (writer) => {
      const row = await writer
        .selectFrom('gateways')
        .select('report')
        .where('registration_id', '=', registrationId)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      if (isOffUnheard(row.report, report)) return 'off-unheard';
      const switched = row.report?.remoteConnect !== report.remoteConnect;
      await writer
        .updateTable('gateways')
        .set({
          report: JSON.stringify(storableValue(report)),
          last_seen_at: at,
          ...(switched ? { switched_at: at } : {}),
        })
        .where('registration_id', '=', registrationId)
        .execute();
      const action = report.remoteConnect === 'on' ? 'remoteconnect-on' : 'remoteconnect-off';
      const { version, localNetworks, wireguardPublicKey } = report;
      const details = { version, localNetworks, wireguardPublicKey };
      if (switched)
        await appendAudit(writer, { at, actor: actorOf(registrationId), action, gateway: registrationId, details });
      return row.report;
    });
    if (before === undefined) return;
    if (before === 'off-unheard') {
      await this.reported(registrationId, { ...report, remoteConnect: 'off', sessions: {} });
      await this.reported(registrationId, report);
      return;
    }
    context.changes.tell({ topic: 'gateways', id: registrationId }, { topic: 'sessions', id: null });
    const running = await runningThrough(context.store.read, registrationId);
    if (report.remoteConnect === 'off') {
      for (const { sessionId, runId } of running)
        await life.end(sessionId, runId, asker(registrationId), {
          code: 'remoteconnect-off',
          gateway: registrationId,
        });
      return;
    }
    for (const { sessionId, runId, startedAt, clientPublicKey } of running) {
      const standing = report.sessions[sessionId];
      if (standing === undefined) continue;
      if (standing.clientPublicKey !== undefined && standing.clientPublicKey === clientPublicKey) {
        const answer = { sessionId, runId, gateway: registrationId, asker: asker(registrationId) };
        await takePlantAnswer(context, life, answer, standing);
      }
      // A report that was written in an earlier run of the session says nothing about this one.
      if (standing.state === 'connected' && standing.since >= startedAt) await life.connected(runId);
    }
    const isMoved = await moveTunnelAddress(context, registrationId, report);
    if (
      isMoved ||
      before?.wireguardPublicKey !== report.wireguardPublicKey ||
      before.encapsulationKey !== report.encapsulationKey
    ) {
      await desired.refresh([registrationId]);
      for (const { runId } of running) await channels.pushConfiguration(runId);
    }
  }

  async telemetry(registrationId: string, body: unknown): Promise<void> {
    const { context } = this.#parts;
    const batch = auditEventBatch.safeParse(body);
    const known = await context.store.read
      .selectFrom('gateways')
      .select('registration_id')
      .where('registration_id', '=', registrationId)
      .executeTakeFirst();
    if (known === undefined) return;
    if (!batch.success) {
      // It would be the same each time: told once, and taken, so that it does not hold up what follows.
      await this.#tellNotUnderstood(registrationId);
      return;
    }
    const sessionIds = new Set(await this.#sessionsOf(registrationId, batch.data));
    const result = await context.store.write((writer) =>
      takeEvents(
        writer,
        {
          source: actorOf(registrationId),
          actor: actorOf(registrationId),
          origin: null,
          gateway: registrationId,
          sessionIds,
        },
        batch.data,
        context.now(),
      ),
    );
    switch (result.result) {
      case 'stored':
        context.changes.tell({ topic: 'audit', id: null });
        for (const event of result.fresh) await this.#follow(registrationId, event);
        return;
      case 'gap':
        throw new Error(`event ${result.expected} of log ${result.log} of gateway ${registrationId} is missing`);
      case 'not-one-log':
        await this.#tellNotUnderstood(registrationId);
        return;
    }
  }

  /** An event that was queued since an earlier run says nothing about the present one. */
  async #follow(registrationId: string, event: AuditEvent): Promise<void> {
    const { detail } = event;
    if (detail.kind !== 'session-ended-locally' && detail.kind !== 'tunnel-connected') return;
    const running = await runningThrough(this.#parts.context.store.read, registrationId);
    const run = running.find(({ sessionId, startedAt }) => sessionId === detail.sessionId && startedAt <= event.at);
    if (run === undefined) return;
    if (detail.kind === 'tunnel-connected') await this.#parts.life.connected(run.runId);
    else
      await this.#parts.life.end(run.sessionId, run.runId, asker(registrationId), {
        code: 'ended-by-plant',
        gateway: registrationId,
        by: detail.by,
      });
  }

  async #tellNotUnderstood(registrationId: string): Promise<void> {
    const { context } = this.#parts;
    const at = context.now().toISOString();
    const action = 'message-not-understood';
    await context.store.write((writer) =>
      appendAudit(writer, { at, actor: actorOf(registrationId), action, gateway: registrationId }),
    );
  }

  /** Of the sessions that the events name, those that have run through this gateway. */
  async #sessionsOf(registrationId: string, { events }: AuditEventBatch): Promise<string[]> {
    const named = new Set(events.flatMap(({ detail }) => ('sessionId' in detail ? detail.sessionId : [])));
    if (named.size === 0) return [];
    const rows = await this.#parts.context.store.read
      .selectFrom('run_gateways as rg')
      .innerJoin('session_runs as r', 'r.id', 'rg.run_id')
      .select('r.session_id')
      .distinct()
      .where('rg.gateway', '=', registrationId)
      .where('r.session_id', 'in', [...named])
      .execute();
    return rows.map(({ session_id }) => session_id);
  }
}

/** The plant has switched off and on again since the last report, and nobody heard of the first. */
function isOffUnheard(before: GatewayReport | null, { remoteConnect, switchOnId }: GatewayReport): boolean {
  return before?.remoteConnect === 'on' && remoteConnect === 'on' && before.switchOnId !== switchOnId;
}

function actorOf(registrationId: string): string {
  return `gateway ${registrationId}`;
}

function asker(registrationId: string): Asker {
  return { actor: actorOf(registrationId), origin: null };
}
