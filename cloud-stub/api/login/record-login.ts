import { appendAudit } from '../../store/audit-log.ts';
import type { Writer } from '../../store/store.ts';
import type { User } from '../contract.ts';
import { actorOf } from '../users.ts';

/** A login that has come as far as it can: in the audit log, and as the user's last. */
export async function recordLogin(
  writer: Writer,
  user: User,
  origin: string,
  now: Date,
  details: Readonly<Record<string, string>>,
): Promise<void> {
  const at = now.toISOString();
  await writer.updateTable('users').set({ last_login_at: at }).where('id', '=', user.id).execute();
  await appendAudit(writer, { at, actor: actorOf(user), origin, action: 'logged-in', details });
}
