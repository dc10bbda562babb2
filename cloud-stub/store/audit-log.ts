/**
 * The audit log in the store: appended to by one at a time, of however many processes, and read newest first. The chain
 * itself is ../audit/audit-chain.ts. The database refuses changes by triggers.
 */
import { type Selectable, sql } from 'kysely';
import type { AuditEntry } from '../api/contract.ts';
import { type ChainedEntry, FIRST_PREVIOUS_HASH, hashOf } from '../audit/audit-chain.ts';
import { auditWords } from './audit-words.ts';
import type { AuditTable } from './schema.ts';
import { storableText, storableValue } from './storable-text.ts';
import type { Writer } from './store.ts';

export { FIRST_PREVIOUS_HASH, firstBrokenEntry, hashOf } from '../audit/audit-chain.ts';

/** Any number; it only has to be the same for all who append. */
const APPEND_LOCK = 7_201_533;

export interface NewAuditEntry {
  readonly at: string;
  readonly actor: string;
  readonly origin?: string | null;
  readonly action: string;
  readonly sessionId?: string | null;
  readonly gateway?: string | null;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Until the transaction ends nobody else appends, in this process or another (PostgreSQL, "Advisory Locks"). */
export async function lockAudit(writer: Writer): Promise<void> {
  await sql`select pg_advisory_xact_lock(${APPEND_LOCK})`.execute(writer);
}

/** @returns the entry's sequence */
export async function appendAudit(writer: Writer, entry: NewAuditEntry): Promise<number> {
  await lockAudit(writer);
  const last = await writer
    .selectFrom('audit')
    .select(['sequence', 'hash'])
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  const row = nextEntry(entry, last ?? null);
  await writer.insertInto('audit').values(rowOf(row)).execute();
  return row.sequence;
}

/** What follows `last` in the chain, as it can be stored. Pure. */
export function nextEntry(
  entry: NewAuditEntry,
  last: { readonly sequence: number; readonly hash: string } | null,
): ChainedEntry {
  const previousHash = last?.hash ?? FIRST_PREVIOUS_HASH;
  const hashed: Omit<AuditEntry, 'hash'> = {
    sequence: (last?.sequence ?? 0) + 1,
    at: entry.at,
    actor: storableText(entry.actor),
    origin: entry.origin ?? null,
    action: entry.action,
    sessionId: entry.sessionId ?? null,
    gateway: entry.gateway ?? null,
    details: JSON.parse(JSON.stringify(storableValue(entry.details ?? {}))),
  };
  return { ...hashed, previousHash, hash: hashOf(hashed, previousHash) };
}

/** The entry as the table takes it. */
export function rowOf(entry: ChainedEntry) {
  return {
    sequence: entry.sequence,
    at: entry.at,
    actor: entry.actor,
    origin: entry.origin,
    action: entry.action,
    session_id: entry.sessionId,
    gateway: entry.gateway,
    details: JSON.stringify(entry.details),
    previous_hash: entry.previousHash,
    hash: entry.hash,
    words: auditWords(entry),
  };
}

/** Everything that is told of an entry; its words only serve the search. */
export const ENTRY_COLUMNS = [
  'sequence',
  'at',
  'actor',
  'origin',
  'action',
  'session_id',
  'gateway',
  'details',
  'previous_hash',
  'hash',
] as const;

export type EntryRow = Pick<Selectable<AuditTable>, (typeof ENTRY_COLUMNS)[number]>;

export function entryOf(row: EntryRow): AuditEntry {
  const { sequence, at, actor, origin, action, gateway, details, hash } = row;
  return { sequence, at, actor, origin, action, sessionId: row.session_id, gateway, details, hash };
}

export function chainedEntryOf(row: EntryRow): ChainedEntry {
  return { ...entryOf(row), previousHash: row.previous_hash };
}
