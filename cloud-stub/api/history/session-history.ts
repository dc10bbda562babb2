/** Everything about one session, for the page that shows and prints it (C7). */
import { listAudit } from '../../store/audit-queries.ts';
import type { Reader } from '../../store/store.ts';
import type { SessionHistory, SessionRun } from '../contract/history.ts';
import type { AuditEntry, User } from '../contract.ts';
import { viewSession } from '../sessions/session-view.ts';
import { userOf } from '../users.ts';
import { flowsOf, pathsOf, stepsOf } from './timeline.ts';

/** More is told by the export. */
const MOST_ENTRIES = 5000;

/** @throws Problem not-found */
export async function sessionHistoryOf(reader: Reader, sessionId: string, user: User): Promise<SessionHistory> {
  const session = await viewSession(reader, sessionId, user);
  const newest = await listAudit(reader, { session: sessionId, limit: MOST_ENTRIES + 1 });
  const entries = newest.slice(0, MOST_ENTRIES).toReversed();
  const steps = stepsOf(entries);
  const deviceAt = await devicesBehind(reader, [...new Set(entries.flatMap(({ gateway }) => gateway ?? []))]);
  return {
    session,
    runs: await runsOf(reader, sessionId, entries),
    paths: pathsOf(steps),
    flows: flowsOf(steps, deviceAt),
    steps,
    isComplete: newest.length <= MOST_ENTRIES,
  };
}

async function runsOf(reader: Reader, sessionId: string, entries: readonly AuditEntry[]): Promise<SessionRun[]> {
  const runs = await reader
    .selectFrom('session_runs')
    .selectAll()
    .where('session_id', '=', sessionId)
    .orderBy('started_at')
    .execute();
  if (runs.length === 0) return [];
  const starters = await reader
    .selectFrom('users')
    .selectAll()
    .where('id', 'in', [...new Set(runs.map(({ started_by }) => started_by))])
    .execute();
  /** A step and its entry are written in one transaction, at one time. */
  const originOf = (action: string, at: string | null) =>
    entries.find((entry) => entry.action === action && entry.at === at)?.origin ?? null;
  return runs.map((run) => {
    const starter = starters.find(({ id }) => id === run.started_by);
    return {
      startedAt: run.started_at,
      startedBy: starter === undefined ? null : userOf(starter),
      startedFrom: originOf('session-started', run.started_at),
      clientFrom: originOf('ticket-redeemed', run.ticket_redeemed_at),
      clientOpenedAt: run.ticket_redeemed_at,
      computer: run.computer,
      endedAt: run.ended_at,
      clientAddress: run.client_address,
    };
  });
}

async function devicesBehind(
  reader: Reader,
  gateways: readonly string[],
): Promise<(gateway: string | null, address: string) => string | null> {
  if (gateways.length === 0) return () => null;
  const rows = await reader
    .selectFrom('devices')
    .select(['gateway', 'address', 'name'])
    .where('gateway', 'in', gateways)
    .execute();
  return (gateway, address) => rows.find((row) => row.gateway === gateway && row.address === address)?.name ?? null;
}
