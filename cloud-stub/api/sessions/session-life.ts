/**
 * The life of sessions after their start (start-session.ts). Every step is one transaction with its audit entries; the gateways' desired
 * properties and the clients' channels follow from what was stored, so that a cloud that was killed in between takes up
 * where it was (`resume`).
 */
import { appendAudit } from '../../store/audit-log.ts';
import type { Writer } from '../../store/store.ts';
import { type Asker, CLOUD, type Context } from '../context.ts';
import type { User } from '../contract.ts';
import { Problem } from '../errors.ts';
import { requireGateway } from '../known-gateway.ts';
import type { ClientChannels } from './client-channels.ts';
import type { Deadlines } from './deadlines.ts';
import type { DesiredWriter } from './desired-writer.ts';
import { moveSession } from './session-moves.ts';
import { currentRun, requireSession, runningThrough, type SessionRow } from './session-queries.ts';
import type { EndReason, SessionEvent } from './session-state.ts';
import { sweepSessions } from './session-sweep.ts';

export interface SessionLifeParts {
  readonly context: Context;
  readonly desired: DesiredWriter;
  readonly channels: ClientChannels;
  readonly deadlines: Deadlines;
}

export interface Finish {
  readonly sessionId: string;
  readonly asker: Asker;
  readonly event: Extract<SessionEvent, { type: 'end' | 'expire' }>;
  /** Finds the session, and checks who asks; by its id unless given. */
  readonly find?: (writer: Writer) => Promise<SessionRow>;
  /** Only this run; the one that goes on unless given. */
  readonly runId?: string;
  readonly only?: 'unredeemed' | 'waiting';
}

export class SessionLife {
  readonly #parts: SessionLifeParts;

  constructor(parts: SessionLifeParts) {
    this.#parts = parts;
  }

  /** @throws Problem not-found, not-allowed, not-running */
  async endByUser(sessionId: string, user: User, asker: Asker): Promise<void> {
    const ended = await this.finish({
      sessionId,
      asker,
      event: { type: 'end', reason: { code: 'ended-by-user', name: user.name } },
      find: (writer) => requireSession(writer, sessionId, user, 'end-sessions'),
    });
    if (!ended) throw new Problem('not-running');
  }

  /** Ends the run, if it still goes on. A `reason` in words is a plain sentence of at most 200 characters. */
  async end(sessionId: string, runId: string, asker: Asker, reason: EndReason): Promise<void> {
    await this.finish({ sessionId, runId, asker, event: { type: 'end', reason } });
  }

  /**
   * Ends every session that reaches through this gateway.
   * @returns how many have ended
   * @throws Problem not-found for a gateway that is not there
   */
  async endAllThrough(registrationId: string, user: User, asker: Asker): Promise<number> {
    const { read } = this.#parts.context.store;
    await requireGateway(read, registrationId);
    const event = { type: 'end', reason: { code: 'ended-by-user', name: user.name } } as const;
    let ended = 0;
    for (const { sessionId, runId } of await runningThrough(read, registrationId))
      if (await this.finish({ sessionId, runId, asker, event })) ended += 1;
    return ended;
  }

  /** A tunnel of this run has carried data. */
  async connected(runId: string): Promise<void> {
    const { context } = this.#parts;
    const sessionId = await context.store.write(async (writer) => {
      const session = await writer.selectFrom('sessions').selectAll().where('run_id', '=', runId).executeTakeFirst();
      if (session === undefined) return null;
      const run = await currentRun(writer, session);
      if (run === null || run.ticket_redeemed_at === null) return null;
      if ((await moveSession(writer, session, { type: 'connected' })) === null) return null;
      const at = context.now().toISOString();
      await appendAudit(writer, { at, ...CLOUD, action: 'session-active', sessionId: session.id });
      return session.id;
    });
    if (sessionId !== null) context.changes.tell({ topic: 'sessions', id: sessionId });
  }

  /** Ends what is over by now (see session-sweep.ts). */
  sweep(): Promise<void> {
    return sweepSessions(this.#parts.context, this);
  }

  /** After a start of the cloud: what stands in the store is made true again. */
  async resume(): Promise<void> {
    const { context, desired, deadlines } = this.#parts;
    await this.sweep();
    const gateways = await context.store.read.selectFrom('gateways').select('registration_id').execute();
    await desired.refresh(gateways.map(({ registration_id }) => registration_id));
    await deadlines.arm();
  }

  /**
   * Ends the run that goes on, if it is that one and in that standing.
   * @returns whether it has ended with this call
   */
  async finish(finish: Finish): Promise<boolean> {
    const { sessionId, asker, event, find, runId: onlyRun, only } = finish;
    const { context, desired, channels } = this.#parts;
    const ended = await context.store.write(async (writer) => {
      const session = await (find === undefined ? sessionById(writer, sessionId) : find(writer));
      if (session === undefined || (only === 'waiting' && session.state !== 'waiting-for-approval')) return null;
      const run = await currentRun(writer, session);
      if (run === null || (onlyRun !== undefined && run.id !== onlyRun)) return null;
      if (only === 'unredeemed' && run.ticket_redeemed_at !== null) return null;
      const standing = await moveSession(writer, session, event);
      if (standing === null) return null;
      const at = context.now().toISOString();
      await writer.updateTable('session_runs').set({ ended_at: at }).where('id', '=', run.id).execute();
      const details = { reason: standing.stateReason, outcome: standing.state };
      await appendAudit(writer, { at, ...asker, action: 'session-ended', sessionId, details });
      const gateways = await writer.selectFrom('run_gateways').select('gateway').where('run_id', '=', run.id).execute();
      return { runId: run.id, reason: standing.stateReason, gateways: gateways.map(({ gateway }) => gateway) };
    });
    if (ended === null) return false;
    channels.end(ended.runId, ended.reason);
    context.changes.tell({ topic: 'sessions', id: sessionId });
    await desired.refresh(ended.gateways);
    return true;
  }
}

function sessionById(writer: Writer, sessionId: string): Promise<SessionRow | undefined> {
  return writer.selectFrom('sessions').selectAll().where('id', '=', sessionId).executeTakeFirst();
}
