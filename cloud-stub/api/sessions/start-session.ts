/** The start of a session (C4): a run begins, and a ticket is issued for its client. */
import { randomUUID } from 'node:crypto';
import { appendAudit } from '../../store/audit-log.ts';
import type { Writer } from '../../store/store.ts';
import type { Asker, Context } from '../context.ts';
import type { StartRefusal, User } from '../contract.ts';
import { hashSecret, randomSecret, randomToken } from '../secrets.ts';
import type { Deadlines } from './deadlines.ts';
import { runEnd } from './run-end.ts';
import { moveSession } from './session-moves.ts';
import { currentRun, requireSession } from './session-queries.ts';
import { validityOf } from './session-rules.ts';
import { startNeeds } from './start-needs.ts';
import { blockingOf, startChecksOf } from './start-preconditions.ts';

const TICKET_MILLISECONDS = 60_000;

export interface StartParts {
  readonly context: Context;
  readonly deadlines: Deadlines;
}

export type StartResult =
  | { readonly result: 'started'; readonly ticket: string; readonly ticketExpiresAt: string }
  | { readonly result: 'refused'; readonly missing: StartRefusal['missing'] };

/** @throws Problem not-found, not-allowed */
export async function startSession(
  { context, deadlines }: StartParts,
  sessionId: string,
  user: User,
  asker: Asker,
): Promise<StartResult> {
  const now = context.now();
  const at = now.toISOString();
  const ticket = randomToken();
  const ticketExpiresAt = new Date(now.getTime() + TICKET_MILLISECONDS).toISOString();
  const outcome = await context.store.write(async (writer): Promise<StartResult> => {
    const session = await requireSession(writer, sessionId, user, 'start-sessions');
    const run = await currentRun(writer, session);
    const needs = await startNeeds(context, writer, session, run, user, now);
    const missing = blockingOf(startChecksOf(needs, now));
    if (missing.length > 0) {
      const details = { missing: missing.map(({ message }) => message) };
      await appendAudit(writer, { at, ...asker, action: 'session-start-refused', sessionId, details });
      return { result: 'refused', missing };
    }
    // A start whose client was never opened is replaced; its ticket no longer works.
    if (run !== null) await writer.updateTable('session_runs').set({ ended_at: at }).where('id', '=', run.id).execute();
    const runId = randomUUID();
    const { expiresAt, why } = runEnd(validityOf(session), session.maximum_minutes, now);
    await writer
      .insertInto('session_runs')
      .values({
        id: runId,
        session_id: sessionId,
        started_at: at,
        started_by: user.id,
        ticket_expires_at: ticketExpiresAt,
        expires_at: expiresAt,
        expires_why: JSON.stringify(why),
        ended_at: null,
        ticket_redeemed_at: null,
        computer: null,
        client_public_key: null,
        client_address: null,
        event_token_hash: null,
        peers: '[]',
      })
      .execute();
    await joinGateways(
      writer,
      runId,
      needs.gateways.map(({ registrationId }) => registrationId),
      null,
    );
    await writer
      .insertInto('tickets')
      .values({
        ticket_hash: hashSecret(ticket),
        run_id: runId,
        user_id: user.id,
        expires_at: ticketExpiresAt,
        redeemed_at: null,
      })
      .execute();
    await moveSession(writer, session, { type: 'start' }, runId);
    await appendAudit(writer, {
      at,
      ...asker,
      action: 'session-started',
      sessionId,
      details: { name: session.name, expiresAt },
    });
    return { result: 'started', ticket, ticketExpiresAt };
  });
  await deadlines.arm();
  context.changes.tell({ topic: 'sessions', id: sessionId });
  return outcome;
}

/**
 * Gateways become part of a run.
 * @param approvalUntil when the answer of their plants is due; null where they are not asked (yet)
 */
export async function joinGateways(
  writer: Writer,
  runId: string,
  gateways: readonly string[],
  approvalUntil: string | null,
): Promise<void> {
  for (const gateway of gateways)
    await writer
      .insertInto('run_gateways')
      .values({ run_id: runId, gateway, signalling_secret: randomSecret(), approval_until: approvalUntil })
      .execute();
}
