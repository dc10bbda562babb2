/** Users and their invitations (C8). */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { appendAudit } from '../store/audit-log.ts';
import type { Reader, Writer } from '../store/store.ts';
import type { Asker, Context } from './context.ts';
import type { Invitation, NewUser, User } from './contract.ts';
import { Problem } from './errors.ts';
import { hashSecret, normalizedCode, randomCode } from './secrets.ts';

const INVITATION_LIFETIME = 7 * 24 * 60 * 60 * 1000;

/** A user that cannot log in by any means. */
export const NO_WAY_IN = {
  password_hash: null,
  totp_secret: null,
  totp_pending: null,
  totp_since: null,
  totp_last_step: 0,
  sso_issuer: null,
  sso_subject: null,
} as const;

export function userOf({ id, email, name, role, state }: User): User {
  return { id, email, name, role, state };
}

export function actorOf({ name, email }: User): string {
  return `${name} <${email}>`;
}

export async function listUsers(reader: Reader): Promise<User[]> {
  const rows = await reader.selectFrom('users').selectAll().where('removed_at', 'is', null).orderBy('name').execute();
  return rows.map(userOf);
}

export function findUser(reader: Reader, email: string) {
  return reader
    .selectFrom('users')
    .selectAll()
    .where(sql`lower(email)`, '=', email.toLowerCase())
    .where('removed_at', 'is', null)
    .executeTakeFirst();
}

/** @throws Problem email-taken */
export function addUser(context: Context, wanted: NewUser, asker: Asker): Promise<Invitation> {
  return context.store.write(async (writer) => {
    if ((await findUser(writer, wanted.email)) !== undefined) throw new Problem('email-taken');
    const now = context.now();
    const user: User = { id: randomUUID(), ...wanted, state: 'invited' };
    await writer
      .insertInto('users')
      .values({ ...user, ...NO_WAY_IN, created_at: now.toISOString(), removed_at: null, last_login_at: null })
      .execute();
    await appendAudit(writer, {
      at: now.toISOString(),
      ...asker,
      action: 'user-added',
      details: { email: user.email, name: user.name, role: user.role },
    });
    return { user, ...(await invite(writer, user.id, now)) };
  });
}

/** Replaces an earlier invitation. The code is in no table, only its hash. */
export async function invite(
  writer: Writer,
  userId: string,
  now: Date,
): Promise<{ readonly code: string; readonly expiresAt: string }> {
  const code = randomCode();
  const expiresAt = new Date(now.getTime() + INVITATION_LIFETIME).toISOString();
  await writer.deleteFrom('invitations').where('user_id', '=', userId).execute();
  await writer
    .insertInto('invitations')
    .values({ code_hash: hashSecret(code), user_id: userId, expires_at: expiresAt })
    .execute();
  return { code, expiresAt };
}

/**
 * Whose code this is, before a password is chosen for it.
 * @throws Problem invitation-invalid
 */
export async function findInvited(reader: Reader, code: string, now: Date): Promise<User> {
  const row = await reader
    .selectFrom('invitations as i')
    .innerJoin('users as u', 'u.id', 'i.user_id')
    .select(['u.id', 'u.email', 'u.name', 'u.role', 'u.state'])
    .where('i.code_hash', '=', hashSecret(normalizedCode(code)))
    .where('i.expires_at', '>', now.toISOString())
    .where('u.removed_at', 'is', null)
    .where('u.state', '<>', 'disabled')
    .executeTakeFirst();
  if (row === undefined) throw new Problem('invitation-invalid');
  return userOf(row);
}

/**
 * Sets the first password, or another one after a reset, which ends the logins made with the old one; the code works once.
 * @throws Problem invitation-invalid
 */
export async function acceptInvitation(
  writer: Writer,
  code: string,
  passwordHash: string,
  now: Date,
  origin: string | null,
): Promise<{ readonly user: User; readonly hasSecondFactor: boolean }> {
  const before = await findInvited(writer, code, now);
  const used = await writer
    .deleteFrom('invitations')
    .where('code_hash', '=', hashSecret(normalizedCode(code)))
    .returning('user_id')
    .executeTakeFirst();
  if (used === undefined) throw new Problem('invitation-invalid');
  const row = await writer
    .updateTable('users')
    .set({ state: 'active', password_hash: passwordHash })
    .where('id', '=', used.user_id)
    .returningAll()
    .executeTakeFirstOrThrow();
  await writer.deleteFrom('logins').where('user_id', '=', row.id).execute();
  const user = userOf(row);
  const action = before.state === 'invited' ? 'invitation-accepted' : 'password-reset';
  await appendAudit(writer, { at: now.toISOString(), actor: actorOf(user), origin, action });
  return { user, hasSecondFactor: row.totp_secret !== null };
}

export async function activeAdministrators(reader: Reader): Promise<number> {
  return (await selectActiveAdministrators(reader).execute()).length;
}

/**
 * Administrators who could take the rights of each other at the same time wait for each other: their rows are locked.
 * @throws Problem last-administrator when no active administrator but this user is left
 */
export async function requireAnotherAdministrator(writer: Writer, userId: string): Promise<void> {
  const rows = await selectActiveAdministrators(writer).orderBy('id').forUpdate().execute();
  if (!rows.some(({ id }) => id !== userId)) throw new Problem('last-administrator');
}

function selectActiveAdministrators(reader: Reader) {
  return reader
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'administrator')
    .where('state', '=', 'active')
    .where('removed_at', 'is', null);
}
