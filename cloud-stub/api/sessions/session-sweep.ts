/**
 * Ends what is over by now: runs whose time has passed, starts whose client was never opened, questions that no plant
 * answered, and prepared sessions that can no longer be started.
 */
import { appendAudit } from '../../store/audit-log.ts';
import { CLOUD, type Context } from '../context.ts';
import type { SessionLife } from './session-life.ts';
import { moveSession } from './session-moves.ts';

export async function sweepSessions(context: Context, life: SessionLife): Promise<void> {
  const at = context.now().toISOString();
  const { read } = context.store;
  const runs = await read
    .selectFrom('session_runs')
    .select(['id', 'session_id', 'expires_at', 'expires_why', 'ticket_expires_at', 'ticket_redeemed_at'])
    .where('ended_at', 'is', null)
    .execute();
  for (const run of runs) {
    const which = { sessionId: run.session_id, runId: run.id, asker: CLOUD };
    if (run.expires_at <= at) {
      const why = run.expires_why ?? ({ code: 'maximum-over', minutes: 0 } as const);
      await life.finish({ ...which, event: { type: 'expire', why } });
    } else if (run.ticket_redeemed_at === null && run.ticket_expires_at <= at)
      await life.finish({
        ...which,
        event: { type: 'end', reason: { code: 'client-not-opened' } },
        only: 'unredeemed',
      });
  }
  await endUnanswered(context, life, at);
  await lapsePrepared(context, at);
}

/** The next moment at which there is something to do here; null: nothing is due. */
export async function nextDue({ store }: Pick<Context, 'store'>): Promise<string | null> {
  const runs = await store.read
    .selectFrom('session_runs')
    .select(['expires_at', 'ticket_expires_at', 'ticket_redeemed_at'])
    .where('ended_at', 'is', null)
    .execute();
  const unanswered = await unansweredIn(store.read).select('rg.approval_until').execute();
  const prepared = await store.read
    .selectFrom('sessions')
    .select((to) => to.fn.min('valid_to').as('valid_to'))
    .where('state', '=', 'prepared')
    .executeTakeFirst();
  const due = [
    ...runs.flatMap((run) => [run.expires_at, ...(run.ticket_redeemed_at === null ? [run.ticket_expires_at] : [])]),
    ...unanswered.flatMap(({ approval_until }) => approval_until ?? []),
    ...(prepared?.valid_to == null ? [] : [prepared.valid_to]),
  ];
  // Sorted as texts they are sorted in time.
  return due.toSorted()[0] ?? null;
}

function unansweredIn(read: Context['store']['read']) {
  return read
    .selectFrom('run_gateways as rg')
    .innerJoin('session_runs as r', 'r.id', 'rg.run_id')
    .innerJoin('sessions as s', 's.run_id', 'r.id')
    .where('r.ended_at', 'is', null)
    .where('s.state', '=', 'waiting-for-approval')
    .where('rg.approved_at', 'is', null)
    .where('rg.approval_until', 'is not', null);
}

async function endUnanswered({ store }: Context, life: SessionLife, at: string): Promise<void> {
  const silent = await unansweredIn(store.read)
    .select(['r.id', 'r.session_id'])
    .distinct()
    .where('rg.approval_until', '<=', at)
    .execute();
  for (const { id, session_id } of silent) {
    const event = { type: 'end', reason: { code: 'approval-lapsed' } } as const;
    await life.finish({ sessionId: session_id, runId: id, asker: CLOUD, event, only: 'waiting' });
  }
}

async function lapsePrepared(context: Context, at: string): Promise<void> {
  const lapsed = await context.store.write(async (writer) => {
    const rows = await writer
      .selectFrom('sessions')
      .select(['id', 'state', 'valid_to'])
      .where('state', '=', 'prepared')
      .where('valid_to', '<=', at)
      .execute();
    for (const row of rows) {
      const standing = await moveSession(writer, row, { type: 'lapse', at: row.valid_to ?? at });
      const details = { reason: standing?.stateReason };
      await appendAudit(writer, { at, ...CLOUD, action: 'session-expired', sessionId: row.id, details });
    }
    return rows.map(({ id }) => id);
  });
  for (const id of lapsed) context.changes.tell({ topic: 'sessions', id });
}
