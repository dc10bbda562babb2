/** Questions about sessions that several parts ask the store. */
import type { Selectable } from 'kysely';
import type { SessionReleaseTable, SessionRunTable, SessionTable } from '../../store/schema.ts';
import type { Reader } from '../../store/store.ts';
import type { NewRelease, User } from '../contract.ts';
import { Problem } from '../errors.ts';
import { may, type Right } from '../rights.ts';
import { isRunning } from './session-state.ts';

export type SessionRow = Selectable<SessionTable>;
export type RunRow = Selectable<SessionRunTable>;

/**
 * The session, if this user has this right over it.
 * @throws Problem not-found, also for a session that the user may not know of; not-allowed
 */
export async function requireSession(reader: Reader, sessionId: string, user: User, right: Right): Promise<SessionRow> {
  const row = await reader.selectFrom('sessions').selectAll().where('id', '=', sessionId).executeTakeFirst();
  if (row === undefined) throw new Problem('not-found');
  const isOwn = await isReleasedTo(reader, sessionId, user.id);
  if (may(user.role, right, isOwn)) return row;
  throw new Problem(may(user.role, 'see-sessions', isOwn) ? 'not-allowed' : 'not-found');
}

export async function isReleasedTo(reader: Reader, sessionId: string, userId: string): Promise<boolean> {
  const row = await reader
    .selectFrom('session_users')
    .select('user_id')
    .where('session_id', '=', sessionId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return row !== undefined;
}

/** The run that goes on, or null. */
export async function currentRun(reader: Reader, session: SessionRow): Promise<RunRow | null> {
  if (session.run_id === null || !isRunning(session.state)) return null;
  const run = await reader
    .selectFrom('session_runs')
    .selectAll()
    .where('id', '=', session.run_id)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return run ?? null;
}

export function releasesOf(reader: Reader, sessionId: string): Promise<Selectable<SessionReleaseTable>[]> {
  return reader
    .selectFrom('session_releases')
    .selectAll()
    .where('session_id', '=', sessionId)
    .orderBy('position')
    .execute();
}

export interface RunThrough {
  readonly sessionId: string;
  readonly runId: string;
  readonly startedAt: string;
  readonly clientPublicKey: string | null;
}

/** The running sessions that reach through this gateway. */
export async function runningThrough(reader: Reader, registrationId: string): Promise<RunThrough[]> {
  return reader
    .selectFrom('run_gateways as rg')
    .innerJoin('session_runs as r', 'r.id', 'rg.run_id')
    .select(['r.session_id as sessionId', 'r.id as runId', 'r.started_at as startedAt'])
    .select('r.client_public_key as clientPublicKey')
    .where('rg.gateway', '=', registrationId)
    .where('r.ended_at', 'is', null)
    .execute();
}

export function gatewaysIn(released: readonly NewRelease[]): string[] {
  return [...new Set(released.map(({ gateway }) => gateway))];
}

/** `port 502/tcp` and the like, for the audit log. */
export function releaseTexts(released: readonly NewRelease[]): string[] {
  return released.map(({ gateway, target }) => {
    const protocol = target.protocol === undefined ? '' : ` ${target.protocol}`;
    const port = target.port === undefined ? '' : ` ${target.port}`;
    return `${target.address}${protocol}${port} at ${gateway}`;
  });
}
