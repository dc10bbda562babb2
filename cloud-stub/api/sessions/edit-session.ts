/** Changing what a session is for, and making another like it. */
import { appendAudit } from '../../store/audit-log.ts';
import type { Writer } from '../../store/store.ts';
import type { Asker, Context } from '../context.ts';
import type { SessionEdit, User } from '../contract.ts';
import { Problem } from '../errors.ts';
import { targetOf } from './configurations.ts';
import { checkUsers, createSession, emailsOf, writeUsers } from './prepare-session.ts';
import { moveSession } from './session-moves.ts';
import { releasesOf, requireSession, type SessionRow } from './session-queries.ts';
import { rulesForAudit, validityColumns, validityOf } from './session-rules.ts';
import { isRunning } from './session-state.ts';

const NAME_LIMIT = 120;

/**
 * Its devices are changed by themselves (session-life.ts).
 * @throws Problem not-found, not-allowed, session-running, unknown-user
 */
export async function editSession(
  context: Context,
  sessionId: string,
  wanted: SessionEdit,
  user: User,
  asker: Asker,
): Promise<void> {
  const at = context.now().toISOString();
  const users = [...new Set(wanted.users)];
  await context.store.write(async (writer) => {
    const session = await requireSession(writer, sessionId, user, 'change-sessions');
    if (isRunning(session.state)) throw new Problem('session-running');
    await checkUsers(writer, users);
    await writer
      .updateTable('sessions')
      .set({
        name: wanted.name,
        description: wanted.description,
        reason: wanted.reason,
        maximum_minutes: wanted.maximumMinutes,
        plant_approval: wanted.plantApproval,
        ...validityColumns(wanted.validity),
      })
      .where('id', '=', sessionId)
      .execute();
    await writeUsers(writer, sessionId, users);
    await renew(writer, session, wanted.validity.to, at);
    const details = {
      name: wanted.name,
      reason: wanted.reason,
      users: await emailsOf(writer, users),
      maximumMinutes: wanted.maximumMinutes,
      ...rulesForAudit(wanted),
    };
    await appendAudit(writer, { at, ...asker, action: 'session-edited', sessionId, details });
  });
  context.changes.tell({ topic: 'sessions', id: sessionId });
}

/** What had expired can be started again where it was given more time; what is given none any more, lapses. */
async function renew(writer: Writer, session: SessionRow, validTo: string | null, at: string): Promise<void> {
  const isOver = validTo !== null && validTo <= at;
  await moveSession(writer, session, isOver ? { type: 'lapse', at: validTo } : { type: 'renew' });
}

/**
 * Another prepared session with the same devices, users and rules.
 * @returns its id
 * @throws Problem not-found, not-allowed, unknown-gateway
 */
export async function duplicateSession(context: Context, sessionId: string, user: User, asker: Asker): Promise<string> {
  const { read } = context.store;
  const session = await requireSession(read, sessionId, user, 'change-sessions');
  const users = await read
    .selectFrom('session_users as su')
    .innerJoin('users as u', 'u.id', 'su.user_id')
    .select('u.id')
    .where('su.session_id', '=', sessionId)
    .where('u.removed_at', 'is', null)
    .execute();
  const released = await releasesOf(read, sessionId);
  const names = await read.selectFrom('sessions').select('name').execute();
  const copy = {
    name: copyName(session.name, new Set(names.map(({ name }) => name))),
    description: session.description,
    reason: session.reason,
    maximumMinutes: session.maximum_minutes,
    plantApproval: session.plant_approval,
    validity: validityOf(session),
    released: released.map((row) => ({ gateway: row.gateway, target: targetOf(row) })),
    users: users.map(({ id }) => id),
  };
  const id = await createSession(context, copy, asker);
  context.changes.tell({ topic: 'sessions', id });
  return id;
}

/** `Press fault` -> `Press fault (2)` -> `Press fault (3)`. */
export function copyName(name: string, taken: ReadonlySet<string>): string {
  const base = name.replace(/ \([0-9]+\)$/, '');
  for (let number = 2; ; number += 1) {
    const suffix = ` (${number})`;
    const candidate = `${base.slice(0, NAME_LIMIT - suffix.length).trimEnd()}${suffix}`;
    if (!taken.has(candidate)) return candidate;
  }
}
