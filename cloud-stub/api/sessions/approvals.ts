/**
 * The plant's word (P3): each gateway of a session asks its own plant, once the client is there, and answers in its
 * report. The session waits until all have said yes; one no ends it, and so does silence.
 */
import type { GatewaySessionState } from '@edgegateway/protocol/gateway-configuration';
import { appendAudit } from '../../store/audit-log.ts';
import type { Writer } from '../../store/store.ts';
import type { Asker, Context } from '../context.ts';
import type { SessionLife } from './session-life.ts';
import { moveSession } from './session-moves.ts';
import { currentRun, type SessionRow } from './session-queries.ts';

/** How long a plant has to answer. */
const APPROVAL_MILLISECONDS = 10 * 60_000;

/** To be called in the transaction that gives the run its client; does nothing where no plant has to be asked. */
export async function askPlants(writer: Writer, session: SessionRow, runId: string, now: Date): Promise<void> {
  if (!session.plant_approval) return;
  const until = answerUntil(now);
  await writer.updateTable('run_gateways').set({ approval_until: until }).where('run_id', '=', runId).execute();
  await moveSession(writer, session, { type: 'ask', until });
  await appendAudit(writer, {
    at: now.toISOString(),
    actor: 'cloud',
    action: 'approval-requested',
    sessionId: session.id,
    details: { until },
  });
}

export function answerUntil(now: Date): string {
  return new Date(now.getTime() + APPROVAL_MILLISECONDS).toISOString();
}

export interface PlantAnswer {
  readonly sessionId: string;
  readonly runId: string;
  readonly gateway: string;
  readonly asker: Asker;
}

/** Takes a gateway's report of a session that runs, as far as it tells of the plant's word. */
export async function takePlantAnswer(
  context: Context,
  life: SessionLife,
  answer: PlantAnswer,
  { state, decidedBy = 'not named', reason = '' }: GatewaySessionState,
): Promise<void> {
  const { sessionId, runId, gateway, asker } = answer;
  switch (state) {
    case 'prepared':
    case 'connected':
      return takeYes(context, answer, decidedBy);
    case 'refused': {
      const why = { code: 'approval-refused', gateway, by: decidedBy, words: reason } as const;
      // Once it runs, a gateway that was added to it and refuses takes nothing from the others.
      await life.finish({ sessionId, runId, asker, event: { type: 'end', reason: why }, only: 'waiting' });
      return;
    }
    case 'waiting-for-approval':
    case 'failed':
      return;
  }
}

/** Lets a session that waits go on, once no gateway of its run is silent any more. */
export async function settleApprovals(writer: Writer, session: SessionRow, runId: string): Promise<void> {
  const silent = await writer
    .selectFrom('run_gateways')
    .select('gateway')
    .where('run_id', '=', runId)
    .where('approved_at', 'is', null)
    .executeTakeFirst();
  if (silent === undefined) await moveSession(writer, session, { type: 'approved' });
}

async function takeYes(context: Context, { runId, gateway, asker }: PlantAnswer, by: string): Promise<void> {
  const at = context.now().toISOString();
  const sessionId = await context.store.write(async (writer) => {
    const taken = await writer
      .updateTable('run_gateways')
      .set({ approved_at: at, approved_by: by })
      .where('run_id', '=', runId)
      .where('gateway', '=', gateway)
      .where('approval_until', 'is not', null)
      .where('approved_at', 'is', null)
      .returning('gateway')
      .executeTakeFirst();
    if (taken === undefined) return null;
    const session = await writer.selectFrom('sessions').selectAll().where('run_id', '=', runId).executeTakeFirst();
    if (session === undefined || (await currentRun(writer, session)) === null) return null;
    const details = { by };
    await appendAudit(writer, { at, ...asker, action: 'session-approved', sessionId: session.id, gateway, details });
    await settleApprovals(writer, session, runId);
    return session.id;
  });
  if (sessionId !== null) context.changes.tell({ topic: 'sessions', id: sessionId });
}
