/** A session as the asking user sees it, with what they may do now. */
import type { Selectable } from 'kysely';
import type { UserTable } from '../../store/schema.ts';
import type { Reader } from '../../store/store.ts';
import type { Session, SessionProgress, User } from '../contract.ts';
import { Problem } from '../errors.ts';
import { may } from '../rights.ts';
import { userOf } from '../users.ts';
import { targetOf } from './configurations.ts';
import { type RunRow, requireSession, type SessionRow } from './session-queries.ts';
import { validityOf } from './session-rules.ts';
import { isRunning } from './session-state.ts';

/** @throws Problem not-found */
export async function viewSession(reader: Reader, sessionId: string, user: User): Promise<Session> {
  const [view] = await viewsOf(reader, [await requireSession(reader, sessionId, user, 'see-sessions')], user);
  if (view === undefined) throw new Problem('not-found');
  return view;
}

/** The same number of questions to the store, however many sessions they are. */
export async function viewsOf(reader: Reader, rows: readonly SessionRow[], user: User): Promise<Session[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const [runs, released, users] = [
    await runsOf(reader, rows),
    await releasedOf(reader, ids),
    await usersOf(reader, ids),
  ];
  const progress = await progressOf(
    reader,
    [...runs.values()].filter(({ ended_at }) => ended_at === null),
  );
  return rows.map((row) => {
    const lastRun = row.run_id === null ? undefined : runs.get(row.run_id);
    const run = isRunning(row.state) && lastRun?.ended_at === null ? lastRun : null;
    const sessionUsers = users.get(row.id) ?? [];
    const isOwn = sessionUsers.some(({ id }) => id === user.id);
    const isTaken = run !== null && run.ticket_redeemed_at !== null;
    return {
      id: row.id,
      name: row.name,
      description: row.description,
      reason: row.reason,
      state: row.state,
      stateReason: row.state_reason,
      stateWhy: row.state_why,
      validity: validityOf(row),
      plantApproval: row.plant_approval,
      released: released.get(row.id) ?? [],
      users: sessionUsers.filter(({ removed_at }) => removed_at === null).map(userOf),
      maximumMinutes: row.maximum_minutes,
      createdAt: row.created_at,
      createdBy: row.created_by,
      startedAt: lastRun?.started_at ?? null,
      startedBy: lastRun === undefined ? null : userOf(lastRun.starter),
      endedAt: lastRun?.ended_at ?? null,
      expiresAt: run?.expires_at ?? null,
      progress: run === null ? null : (progress.get(run.id) ?? null),
      may: {
        start: !isTaken && may(user.role, 'start-sessions', isOwn),
        end: isRunning(row.state) && may(user.role, 'end-sessions', isOwn),
        change: may(user.role, 'change-sessions', isOwn),
      },
    };
  });
}

type StartedRun = RunRow & { readonly starter: Selectable<UserTable> };

/** By id: the run that goes on or the last one of each session, with who has started it. */
async function runsOf(reader: Reader, rows: readonly SessionRow[]): Promise<Map<string, StartedRun>> {
  const ids = rows.flatMap(({ run_id }) => run_id ?? []);
  if (ids.length === 0) return new Map();
  const runs = await reader.selectFrom('session_runs').selectAll().where('id', 'in', ids).execute();
  const starters = await reader
    .selectFrom('users')
    .selectAll()
    .where('id', 'in', [...new Set(runs.map(({ started_by }) => started_by))])
    .execute();
  const byId = new Map(starters.map((one) => [one.id, one]));
  return new Map(
    runs.flatMap((run): [string, StartedRun][] => {
      const starter = byId.get(run.started_by);
      return starter === undefined ? [] : [[run.id, { ...run, starter }]];
    }),
  );
}

async function progressOf(reader: Reader, runs: readonly RunRow[]): Promise<Map<string, SessionProgress>> {
  if (runs.length === 0) return new Map();
  const rows = await reader
    .selectFrom('run_gateways as rg')
    .leftJoin('gateways as g', 'g.registration_id', 'rg.gateway')
    .select(['rg.run_id', 'rg.gateway', 'rg.approval_until', 'rg.approved_at', 'rg.approved_by', 'g.report'])
    .where(
      'rg.run_id',
      'in',
      runs.map(({ id }) => id),
    )
    .orderBy('rg.gateway')
    .execute();
  return new Map(
    runs.map((run) => {
      const gateways: SessionProgress['gateways'] = {};
      const approvals: SessionProgress['approvals'] = {};
      for (const row of rows.filter(({ run_id }) => run_id === run.id)) {
        const told = row.report?.sessions[run.session_id];
        // What a gateway told of an earlier client says nothing about this one.
        const isOther = told?.clientPublicKey !== undefined && told.clientPublicKey !== run.client_public_key;
        const isUnknown = run.client_public_key === null || told === undefined || isOther;
        gateways[row.gateway] = isUnknown ? 'waiting' : told.state;
        if (row.approval_until !== null)
          approvals[row.gateway] = row.approved_at === null ? null : { by: row.approved_by ?? '', at: row.approved_at };
      }
      const { ticket_redeemed_at: ticketRedeemedAt, computer } = run;
      return [run.id, { ticketRedeemedAt, computer, gateways, approvals, peers: [...run.peers] }];
    }),
  );
}

async function releasedOf(reader: Reader, ids: readonly string[]): Promise<Map<string, Session['released']>> {
  const rows = await reader
    .selectFrom('session_releases as r')
    .leftJoin('devices as d', (join) => join.onRef('d.gateway', '=', 'r.gateway').onRef('d.address', '=', 'r.address'))
    .selectAll('r')
    .select(['d.name as device', 'd.mapped_address'])
    .where('r.session_id', 'in', ids)
    .orderBy('r.position')
    .execute();
  return grouped(rows, (row) => ({
    gateway: row.gateway,
    device: row.device,
    target: targetOf(row),
    reachedAs: row.mapped_address ?? row.address,
  }));
}

function usersOf(reader: Reader, ids: readonly string[]) {
  return reader
    .selectFrom('session_users as su')
    .innerJoin('users as u', 'u.id', 'su.user_id')
    .selectAll('u')
    .select('su.session_id')
    .where('su.session_id', 'in', ids)
    .orderBy('u.name')
    .execute()
    .then((rows) => grouped(rows, (row) => row));
}

/** By session, in the order of the rows. */
function grouped<Row extends { readonly session_id: string }, Value>(
  rows: readonly Row[],
  valueOf: (row: Row) => Value,
): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const row of rows) {
    const group = groups.get(row.session_id);
    if (group === undefined) groups.set(row.session_id, [valueOf(row)]);
    else group.push(valueOf(row));
  }
  return groups;
}
