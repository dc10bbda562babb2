/** Which user of the cloud somebody is who comes from the provider of single sign-on. */
import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { SingleSignOnConfiguration } from '../../configuration.ts';
import { appendAudit } from '../../store/audit-log.ts';
import type { UserTable } from '../../store/schema.ts';
import type { Writer } from '../../store/store.ts';
import type { Asker } from '../context.ts';
import type { User } from '../contract.ts';
import { Problem } from '../errors.ts';
import { applyRole, type RunToEnd } from '../user-changes.ts';
import { findUser, NO_WAY_IN, requireAnotherAdministrator, userOf } from '../users.ts';
import type { SsoPerson } from './sso-claims.ts';

type UserRow = Selectable<UserTable>;

export type SsoUser =
  | { readonly result: 'user'; readonly user: User; readonly runsToEnd: readonly RunToEnd[] }
  | { readonly result: 'refused'; readonly refusal: 'sso-unknown-user' | 'sso-disabled' };

/** The provider may say `admin@...` today of another person than yesterday: who is known by `sub` stays the same user. */
export async function userFor(
  writer: Writer,
  person: SsoPerson,
  { issuer, createUsers }: SingleSignOnConfiguration,
  at: string,
  origin: string,
): Promise<SsoUser> {
  const known =
    (await writer
      .selectFrom('users')
      .selectAll()
      .where('sso_issuer', '=', issuer)
      .where('sso_subject', '=', person.subject)
      .where('removed_at', 'is', null)
      .executeTakeFirst()) ?? (await findUser(writer, person.email));
  if (known?.state === 'disabled') return { result: 'refused', refusal: 'sso-disabled' };
  // The address belongs to a user whom the provider knows as somebody else.
  if (known !== undefined && known.sso_subject !== null && known.sso_subject !== person.subject)
    return { result: 'refused', refusal: 'sso-unknown-user' };
  const asker: Asker = { actor: 'single sign-on', origin };
  if (known === undefined) {
    if (!createUsers) return { result: 'refused', refusal: 'sso-unknown-user' };
    return { result: 'user', user: await create(writer, person, issuer, at, asker), runsToEnd: [] };
  }
  if (known.sso_subject === null) await join(writer, known, person, issuer, at, asker);
  const role = person.role ?? known.role;
  const runsToEnd = await follow(writer, known, role, at, asker);
  return {
    result: 'user',
    user: userOf({ ...known, state: 'active', role: runsToEnd === null ? known.role : role }),
    runsToEnd: runsToEnd ?? [],
  };
}

async function create(writer: Writer, person: SsoPerson, issuer: string, at: string, asker: Asker): Promise<User> {
  const { subject, email, name } = person;
  const user: User = { id: randomUUID(), email, name, role: person.role ?? 'remoteconnect-user', state: 'active' };
  await writer
    .insertInto('users')
    .values({
      ...user,
      ...NO_WAY_IN,
      sso_issuer: issuer,
      sso_subject: subject,
      created_at: at,
      removed_at: null,
      last_login_at: null,
    })
    .execute();
  await appendAudit(writer, { at, ...asker, action: 'user-added', details: { email, name, role: user.role } });
  return user;
}

/** A user whom an administrator has added is the provider's from the first single sign-on; a password stays. */
async function join(
  writer: Writer,
  { id, email }: UserRow,
  { subject }: SsoPerson,
  issuer: string,
  at: string,
  asker: Asker,
): Promise<void> {
  await writer
    .updateTable('users')
    .set({ sso_issuer: issuer, sso_subject: subject, state: 'active' })
    .where('id', '=', id)
    .execute();
  await writer.deleteFrom('invitations').where('user_id', '=', id).execute();
  await appendAudit(writer, { at, ...asker, action: 'single-sign-on-joined', details: { email } });
}

/** @returns null where the role stays, because the cloud would be left without an administrator */
async function follow(
  writer: Writer,
  row: UserRow,
  role: User['role'],
  at: string,
  asker: Asker,
): Promise<readonly RunToEnd[] | null> {
  if (role === row.role) return [];
  try {
    if (row.role === 'administrator') await requireAnotherAdministrator(writer, row.id);
  } catch (error) {
    if (error instanceof Problem && error.code === 'last-administrator') return null;
    throw error;
  }
  return applyRole(writer, row, role, at, asker);
}
