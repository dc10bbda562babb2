/** What administrators do with users that exist: role, disabling, removing, codes, second factor (C2, C8, P4). */
import type { Selectable } from 'kysely';
import { appendAudit } from '../store/audit-log.ts';
import type { UserTable } from '../store/schema.ts';
import type { Reader, Writer } from '../store/store.ts';
import type { Asker, Context } from './context.ts';
import type { UserDetails } from './contract/account.ts';
import type { Invitation, Role, User } from './contract.ts';
import { Problem } from './errors.ts';
import { endLogins, liveSince } from './login/login-sessions.ts';
import { forgetSecondFactor } from './login/second-factor.ts';
import { invite, NO_WAY_IN, requireAnotherAdministrator, userOf } from './users.ts';

type UserRow = Selectable<UserTable>;

/** A run that its user may not go on with. */
export interface RunToEnd {
  readonly sessionId: string;
  readonly runId: string;
}

/** @throws Problem not-found */
export async function viewUser(context: Context, id: string): Promise<UserDetails> {
  const { read } = context.store;
  const row = await requireUser(read, id);
  const live = liveSince(context.now());
  const logins = await read
    .selectFrom('logins')
    .select('id')
    .where('user_id', '=', id)
    .where('created_at', '>', live.created)
    .where('last_used_at', '>', live.used)
    .execute();
  const code = await read
    .selectFrom('invitations')
    .select('expires_at')
    .where('user_id', '=', id)
    .where('expires_at', '>', context.now().toISOString())
    .executeTakeFirst();
  return {
    user: userOf(row),
    createdAt: row.created_at,
    lastLoginAt: row.last_login_at,
    activeLogins: logins.length,
    hasPassword: row.password_hash !== null,
    hasSecondFactor: row.totp_secret !== null,
    hasSingleSignOn: row.sso_subject !== null,
    invitationExpiresAt: code?.expires_at ?? null,
  };
}

/**
 * The user logs in again with the new rights.
 * @returns runs in sessions that the user may not start any more
 * @throws Problem not-found, yourself, last-administrator
 */
export function changeRole(
  context: Context,
  id: string,
  role: Role,
  asking: User,
  asker: Asker,
): Promise<readonly RunToEnd[]> {
  return context.store.write(async (writer) => {
    const row = await requireOther(writer, id, asking);
    if (row.role === role) return [];
    if (row.role === 'administrator') await requireAnotherAdministrator(writer, id);
    return applyRole(writer, row, role, context.now().toISOString(), asker);
  });
}

/** As `changeRole`, without its conditions. */
export async function applyRole(
  writer: Writer,
  row: UserRow,
  role: Role,
  at: string,
  asker: Asker,
): Promise<readonly RunToEnd[]> {
  await writer.updateTable('users').set({ role }).where('id', '=', row.id).execute();
  await endLogins(writer, row.id);
  const details = { email: row.email, before: row.role, role };
  await appendAudit(writer, { at, ...asker, action: 'user-role-changed', details });
  if (role !== 'remoteconnect-user') return [];
  return runsOf(writer, row.id)
    .where((run) =>
      run.not(
        run.exists(
          run
            .selectFrom('session_users as su')
            .select('su.user_id')
            .where('su.user_id', '=', row.id)
            .whereRef('su.session_id', '=', 'session_runs.session_id'),
        ),
      ),
    )
    .execute();
}

/**
 * @returns every run that the user has started
 * @throws Problem not-found, yourself, last-administrator
 */
export function disableUser(context: Context, id: string, asking: User, asker: Asker): Promise<readonly RunToEnd[]> {
  return context.store.write(async (writer) => {
    const row = await requireOther(writer, id, asking);
    if (row.state === 'disabled') return [];
    if (row.role === 'administrator') await requireAnotherAdministrator(writer, id);
    await writer.updateTable('users').set({ state: 'disabled' }).where('id', '=', id).execute();
    await endLogins(writer, id);
    await writer.deleteFrom('invitations').where('user_id', '=', id).execute();
    await tell(context, writer, row, asker, 'user-disabled');
    return runsOf(writer, id).execute();
  });
}

/**
 * The user stays for the history, without password, logins and invitations.
 * @returns every run that the user has started
 * @throws Problem not-found, yourself, last-administrator
 */
export function removeUser(context: Context, id: string, asking: User, asker: Asker): Promise<readonly RunToEnd[]> {
  return context.store.write(async (writer) => {
    const row = await requireOther(writer, id, asking);
    if (row.role === 'administrator') await requireAnotherAdministrator(writer, id);
    await writer
      .updateTable('users')
      .set({ ...NO_WAY_IN, removed_at: context.now().toISOString() })
      .where('id', '=', id)
      .execute();
    await writer.deleteFrom('recovery_codes').where('user_id', '=', id).execute();
    await endLogins(writer, id);
    await writer.deleteFrom('invitations').where('user_id', '=', id).execute();
    await tell(context, writer, row, asker, 'user-removed');
    return runsOf(writer, id).execute();
  });
}

/** @throws Problem not-found */
export function enableUser(context: Context, id: string, asker: Asker): Promise<void> {
  return context.store.write(async (writer) => {
    const row = await requireUser(writer, id);
    if (row.state !== 'disabled') return;
    const state = row.password_hash === null && row.sso_subject === null ? 'invited' : 'active';
    await writer.updateTable('users').set({ state }).where('id', '=', id).execute();
    await tell(context, writer, row, asker, 'user-enabled');
  });
}

/**
 * A new code for whoever has lost the first one or the password; the password stays valid until the code is used, the
 * second factor after that too.
 * @throws Problem not-found, user-disabled, single-sign-on-user
 */
export function inviteAgain(context: Context, id: string, asker: Asker): Promise<Invitation> {
  return context.store.write(async (writer) => {
    const row = await requireUser(writer, id);
    if (row.state === 'disabled') throw new Problem('user-disabled');
    if (row.sso_subject !== null && row.password_hash === null) throw new Problem('single-sign-on-user');
    await tell(context, writer, row, asker, row.state === 'invited' ? 'user-invited' : 'password-reset-issued');
    return { user: userOf(row), ...(await invite(writer, id, context.now())) };
  });
}

/**
 * For a user who has lost it. Ends the user's logins; who needs one sets up a new one at the next.
 * @throws Problem not-found, yourself, no-second-factor
 */
export function resetSecondFactor(context: Context, id: string, asking: User, asker: Asker): Promise<void> {
  return context.store.write(async (writer) => {
    const row = await requireOther(writer, id, asking);
    if (row.totp_secret === null) throw new Problem('no-second-factor');
    await forgetSecondFactor(writer, id);
    await endLogins(writer, id);
    await tell(context, writer, row, asker, 'second-factor-reset');
  });
}

function runsOf(reader: Reader, userId: string) {
  return reader
    .selectFrom('session_runs')
    .select(['session_runs.session_id as sessionId', 'session_runs.id as runId'])
    .where('started_by', '=', userId)
    .where('ended_at', 'is', null);
}

async function requireOther(writer: Writer, id: string, asking: User): Promise<UserRow> {
  const row = await requireUser(writer, id);
  if (id === asking.id) throw new Problem('yourself');
  return row;
}

async function requireUser(reader: Reader, id: string): Promise<UserRow> {
  const row = await reader
    .selectFrom('users')
    .selectAll()
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) throw new Problem('not-found');
  return row;
}

async function tell(context: Context, writer: Writer, row: UserRow, asker: Asker, action: string): Promise<void> {
  const details = { email: row.email, name: row.name };
  await appendAudit(writer, { at: context.now().toISOString(), ...asker, action, details });
}
