/** Whether the audit log of a whole store is one unbroken chain. */
import { FIRST_PREVIOUS_HASH, firstBrokenEntry } from './audit-log.ts';
import { chainPages } from './audit-queries.ts';
import type { Reader } from './store.ts';

export interface AuditCheck {
  /** As many as continue the chain from the first one. */
  readonly entries: number;
  /** Sequence of the first entry that does not continue the chain, or null. */
  readonly firstBroken: number | null;
}

/** The first entry need not be number 1: the retention removes old ones. */
export async function checkAudit(reader: Reader): Promise<AuditCheck> {
  let entries = 0;
  let last: { readonly sequence: number; readonly hash: string } | null = null;
  for await (const page of chainPages(reader, {}, Number.MAX_SAFE_INTEGER)) {
    const [first] = page;
    if (first === undefined) break;
    if (last !== null && first.sequence !== last.sequence + 1) return { entries, firstBroken: first.sequence };
    const broken = firstBrokenEntry(
      page,
      last?.hash ?? (first.sequence === 1 ? FIRST_PREVIOUS_HASH : first.previousHash),
    );
    if (broken !== null)
      return { entries: entries + page.findIndex(({ sequence }) => sequence === broken), firstBroken: broken };
    entries += page.length;
    last = page.at(-1) ?? last;
  }
  return { entries, firstBroken: null };
}
