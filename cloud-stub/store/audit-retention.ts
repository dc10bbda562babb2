/**
 * Old entries go from the start of the log, in one transaction with the entry that says so: which ones, how many, and the hash
 * of the last of them, which the first remaining entry continues. The database checks each of these words before it lets
 * them go (migrations/0004-history.ts).
 */
import { RETENTION_ACTION } from '../audit/audit-chain.ts';
import { appendAudit, lockAudit } from './audit-log.ts';
import type { Writer } from './store.ts';

const DAY = 24 * 60 * 60 * 1000;

/** @returns how many entries are gone; nothing is written where none is old enough */
export async function removeOldAudit(writer: Writer, now: Date, retentionDays: number): Promise<number> {
  await lockAudit(writer);
  const cutoff = new Date(now.getTime() - retentionDays * DAY).toISOString();
  const end = (direction: 'asc' | 'desc') =>
    writer.selectFrom('audit').select(['sequence', 'at', 'hash']).orderBy('sequence', direction).limit(1);
  const first = await end('asc').executeTakeFirst();
  const firstKept = await end('asc').where('at', '>=', cutoff).executeTakeFirst();
  const last = await (firstKept === undefined
    ? end('desc')
    : end('desc').where('sequence', '<', firstKept.sequence)
  ).executeTakeFirst();
  if (first === undefined || last === undefined) return 0;
  const count = last.sequence - first.sequence + 1;
  await appendAudit(writer, {
    at: now.toISOString(),
    actor: 'cloud',
    action: RETENTION_ACTION,
    details: {
      from: first.sequence,
      through: last.sequence,
      count,
      firstAt: first.at,
      lastAt: last.at,
      lastHash: last.hash,
      retentionDays,
    },
  });
  await writer.deleteFrom('audit').where('sequence', '<=', last.sequence).execute();
  return count;
}
