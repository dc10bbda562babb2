/**
 * The chain of the audit log. Entries are numbered 1, 2, 3 ... and each carries the SHA-256 over itself and the hash before
 * it, so that a change, a gap or an exchange breaks the chain. Standard library only: an auditor checks an export with it.
 */
import { createHash } from 'node:crypto';
import type { AuditEntry } from '../api/contract.ts';
import { canonicalJson } from '../store/canonical-json.ts';

/** The hash before the first entry. */
export const FIRST_PREVIOUS_HASH = '0'.repeat(64);

/** The entry that says which entries the retention has removed: `{from, through, count, lastHash, ...}`. */
export const RETENTION_ACTION = 'audit-retention';

/** An entry with what it continues: enough to check its hash by itself. */
export type ChainedEntry = AuditEntry & { readonly previousHash: string };

export function hashOf(entry: Omit<AuditEntry, 'hash'>, previousHash: string): string {
  return createHash('sha256')
    .update(canonicalJson({ ...entry, previousHash }))
    .digest('hex');
}

/**
 * @param entries oldest first, the first one following `previousHash`
 * @returns the sequence of the first entry that does not continue the chain, or null
 */
export function firstBrokenEntry(
  entries: readonly AuditEntry[],
  previousHash: string = FIRST_PREVIOUS_HASH,
): number | null {
  let previous = previousHash;
  let expected = entries[0]?.sequence ?? 1;
  for (const { hash, ...entry } of entries) {
    if (entry.sequence !== expected || hashOf(entry, previous) !== hash) return entry.sequence;
    previous = hash;
    expected += 1;
  }
  return null;
}
