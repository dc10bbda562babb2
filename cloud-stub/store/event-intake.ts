/**
 * Takes the events of gateways and clients into the audit log, each exactly once and in order: the last number of each log
 * is written in the same transaction as the entries.
 */
import type { AuditEvent, AuditEventBatch, AuditEventDetail } from '@edgegateway/protocol/audit-event';
import { appendAudit } from './audit-log.ts';
import type { Writer } from './store.ts';

/** Missing events that have not come by then are told as lost, and what follows is taken. */
export const GAP_PATIENCE = 15 * 60 * 1000;

export interface EventSource {
  /** Owns its logs; `gateway {id}` or `run {id}`. */
  readonly source: string;
  /** As the audit log names it. */
  readonly actor: string;
  readonly origin: string | null;
  readonly gateway: string | null;
  /** Sessions that this source may write about; others stand in the details only. */
  readonly sessionIds: ReadonlySet<string>;
}

/** `stored`: everything up to `through` is. `gap`: `expected` has to come first; nothing of the batch was taken. */
export type IntakeResult =
  | { readonly result: 'stored'; readonly log: string; readonly through: number; readonly fresh: readonly AuditEvent[] }
  | { readonly result: 'gap'; readonly log: string; readonly expected: number }
  | { readonly result: 'not-one-log' };

/** What to do with a batch of one log, of which `last` was the last one stored. Pure. */
export function placeBatch(
  events: readonly AuditEvent[],
  last: number,
): { readonly fresh: readonly AuditEvent[]; readonly gap: boolean } | null {
  const [first] = events;
  if (first === undefined) return null;
  const follows = events.every(({ log, sequence }, at) => log === first.log && sequence === first.sequence + at);
  if (!follows) return null;
  return { fresh: events.filter(({ sequence }) => sequence > last), gap: first.sequence > last + 1 };
}

export async function takeEvents(
  writer: Writer,
  from: EventSource,
  batch: AuditEventBatch,
  now: Date,
): Promise<IntakeResult> {
  const log = batch.events[0]?.log ?? '';
  const known = await writer
    .selectFrom('event_logs')
    .selectAll()
    .where('source', '=', from.source)
    .where('log', '=', log)
    .executeTakeFirst();
  const last = known?.last_sequence ?? 0;
  const placed = placeBatch(batch.events, last);
  if (placed === null) return { result: 'not-one-log' };
  const at = now.toISOString();
  if (placed.gap) {
    const since = known?.gap_since ?? null;
    if (since === null || now.getTime() - Date.parse(since) < GAP_PATIENCE) {
      if (since === null) {
        await save(writer, from.source, log, last, at);
        await tell(writer, from, at, 'events-missing', { log, expected: last + 1 });
      }
      return { result: 'gap', log, expected: last + 1 };
    }
    const first = batch.events[0]?.sequence ?? last + 1;
    await tell(writer, from, at, 'events-lost', { log, from: last + 1, to: first - 1 });
  }
  for (const event of placed.fresh) await appendEvent(writer, from, event, at);
  const through = Math.max(last, batch.events.at(-1)?.sequence ?? last);
  if (placed.fresh.length > 0) await save(writer, from.source, log, through, null);
  return { result: 'stored', log, through, fresh: placed.fresh };
}

/** The entry's own time is that of arrival; when it happened, by the sender's clock, stands in the details. */
async function appendEvent(writer: Writer, from: EventSource, event: AuditEvent, at: string): Promise<void> {
  const { kind, ...detail } = event.detail;
  const sessionId = sessionOf(event.detail);
  await appendAudit(writer, {
    at,
    actor: from.actor,
    origin: from.origin,
    action: kind,
    sessionId: sessionId !== null && from.sessionIds.has(sessionId) ? sessionId : null,
    gateway: from.gateway,
    details: { ...detail, occurredAt: event.at, log: event.log, sequence: event.sequence },
  });
}

export function sessionOf(detail: AuditEventDetail): string | null {
  return 'sessionId' in detail ? detail.sessionId : null;
}

async function tell(
  writer: Writer,
  from: EventSource,
  at: string,
  action: string,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  await appendAudit(writer, {
    at,
    actor: 'cloud',
    action,
    gateway: from.gateway,
    details: { ...details, of: from.actor },
  });
}

async function save(writer: Writer, source: string, log: string, last: number, gapSince: string | null): Promise<void> {
  await writer
    .insertInto('event_logs')
    .values({ source, log, last_sequence: last, gap_since: gapSince })
    .onConflict((conflict) =>
      conflict.columns(['source', 'log']).doUpdateSet({ last_sequence: last, gap_since: gapSince }),
    )
    .execute();
}
