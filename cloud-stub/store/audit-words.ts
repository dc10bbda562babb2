/**
 * What the search of the audit log finds: every word, from its beginning and from each letter or digit that follows a
 * separator in it. `gw-essen-2` is found by `gw-essen`, `essen-2` and `2`; `192.168.250.99` by `250.99`, never by `0.99`.
 *
 * Made here and not by the database, whose parser treats addresses and hyphens by rules of its own, and whose lower case
 * depends on its locale.
 */
import type { NewAuditEntry } from './audit-log.ts';

const BETWEEN_WORDS = /[\s"'<>()[\]{},;=|]+/u;
const BETWEEN_PARTS = /[^\p{L}\p{N}]+/u;

/** Characters of one word; what is longer is found by its beginning. PostgreSQL takes 2046 bytes. */
const LONGEST_WORD = 60;
/** Of a word with many separators (a certificate's fingerprint) only the first parts are beginnings. */
const MOST_BEGINNINGS = 10;
/** A column of this type takes 1 MB; an entry has seldom more than fifty. */
const MOST_WORDS = 2000;

/** The entry's words as the text of a `tsvector` (PostgreSQL, "Text Search Types"). */
export function auditWords(entry: NewAuditEntry): string {
  const { actor, origin, action, sessionId, gateway, details } = entry;
  const words = new Set<string>();
  for (const text of [actor, origin ?? '', action, sessionId ?? '', gateway ?? '', ...textsIn(details ?? {})])
    for (const word of text.split(BETWEEN_WORDS)) {
      const parts = partsOf(word);
      for (const [at] of parts.slice(0, MOST_BEGINNINGS).entries()) words.add(joined(parts.slice(at)));
    }
  return [...words].slice(0, MOST_WORDS).map(quoted).join(' ');
}

/**
 * The text of a `tsquery` that asks for all words of `search`, each as the beginning of a word; null where it has none.
 */
export function searchQuery(search: string): string | null {
  const words = search.split(BETWEEN_WORDS).map((word) => joined(partsOf(word)));
  const wanted = words.filter((word) => word !== '').map((word) => `${quoted(word)}:*`);
  return wanted.length === 0 ? null : wanted.join(' & ');
}

function partsOf(word: string): string[] {
  return word
    .normalize('NFC')
    .toLowerCase()
    .split(BETWEEN_PARTS)
    .filter((part) => part !== '');
}

function joined(parts: readonly string[]): string {
  // By code points: half of a surrogate pair could not be stored.
  return Array.from(parts.join('.')).slice(0, LONGEST_WORD).join('');
}

/** Safe: nothing but letters, digits and full stops is left in a word. */
function quoted(word: string): string {
  return `'${word}'`;
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsIn);
  return [];
}
