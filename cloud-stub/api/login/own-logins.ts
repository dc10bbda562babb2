/** The logins of a user, as that user sees and ends them. */
import Bowser from 'bowser';
import { appendAudit } from '../../store/audit-log.ts';
import type { Asker, Context } from '../context.ts';
import type { OwnLogin } from '../contract/account.ts';
import { Problem } from '../errors.ts';
import { type ActiveLogin, endLogins, liveSince } from './login-sessions.ts';

/** Newest first. */
export async function listOwnLogins(context: Context, { user, idHash }: ActiveLogin): Promise<OwnLogin[]> {
  const live = liveSince(context.now());
  const rows = await context.store.read
    .selectFrom('logins')
    .selectAll()
    .where('user_id', '=', user.id)
    .where('created_at', '>', live.created)
    .where('last_used_at', '>', live.used)
    .orderBy('created_at', 'desc')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    address: row.address,
    browser: browserName(row.browser),
    isThisOne: row.id_hash === idHash,
  }));
}

/** @throws Problem not-found, also for a login of another user */
export async function endOwnLogin(context: Context, id: string, { user }: ActiveLogin, asker: Asker): Promise<void> {
  await context.store.write(async (writer) => {
    const ended = await writer
      .deleteFrom('logins')
      .where('id', '=', id)
      .where('user_id', '=', user.id)
      .returning('address')
      .executeTakeFirst();
    if (ended === undefined) throw new Problem('not-found');
    const at = context.now().toISOString();
    await appendAudit(writer, { at, ...asker, action: 'login-ended', details: { address: ended.address } });
  });
}

export async function endOwnOtherLogins(context: Context, login: ActiveLogin, asker: Asker): Promise<void> {
  await context.store.write(async (writer) => {
    await endLogins(writer, login.user.id, login.idHash);
    await appendAudit(writer, { at: context.now().toISOString(), ...asker, action: 'other-logins-ended' });
  });
}

/** `Firefox, Windows`; empty where it cannot be told. */
export function browserName(userAgent: string): string {
  if (userAgent === '') return '';
  const { browser, os } = Bowser.parse(userAgent);
  return [browser.name, os.name].filter((name) => name !== undefined && name !== '').join(', ');
}
