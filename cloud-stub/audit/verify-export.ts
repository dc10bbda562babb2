/**
 * Checks an export, part by part. Pure; standard library only.
 *
 * What can be found without anything but the file: every change of an entry (its hash no longer fits), every entry that is missing,
 * inserted or exchanged (the chain, the numbers, the trailer's count and digest), a beginning or an end that was cut off (header and
 * trailer). Who can write the whole file can also compute every hash in it anew: that only the signature tells, or another export
 * that has an entry in common.
 */
import type { KeyObject } from 'node:crypto';
import { type ChainedEntry, FIRST_PREVIOUS_HASH, hashOf, RETENTION_ACTION } from './audit-chain.ts';
import { type ExportHeader, ExportSum, type ExportTrailer, isSignedBy } from './export-format.ts';
import type { ReadItem } from './read-export.ts';

export const PROBLEMS = {
  unreadable: 'This line is no part of an export.',
  'header-missing':
    'The file does not begin with the header of an export: its beginning was cut off, or it is another file.',
  'header-twice': 'A second header stands here: something was inserted.',
  changed: 'The entry does not fit its own hash: it was changed.',
  order: 'The entry stands behind one with the same or a higher number: entries were inserted or exchanged.',
  'not-following': 'The entry does not continue the hash of the one before: one of the two was replaced.',
  missing: 'The entry is missing.',
  'wrong-start': 'The export says that it begins with another entry: its beginning was cut off or replaced.',
  'start-unexplained': 'Entries before this one are missing, and no entry says that they were removed by retention.',
  'end-cut': 'The file ends here without its trailer: its end was cut off.',
  'after-the-end': 'Something stands behind the trailer.',
  'wrong-end':
    'The export says that it ends with this entry, which is not the last one here: its end was cut off or replaced.',
  count: 'The export says another number of entries: some were removed or inserted.',
  digest: 'The entries are not those that were exported: some were exchanged for others.',
  'not-signed': 'The export is not signed.',
  signature: 'The signature is not that of this key over this export.',
} as const;
export type ProblemCode = keyof typeof PROBLEMS;

export interface ExportProblem {
  readonly code: ProblemCode;
  /** The entry that is wrong, where one can be named. */
  readonly sequence: number | null;
  /** The line of the file, from 1; null at its end. */
  readonly place: number | null;
}

export interface ExportReport {
  readonly entries: number;
  readonly header: ExportHeader | null;
  readonly first: ChainedEntry | null;
  readonly last: ChainedEntry | null;
  /** Places where numbers are left out, as the filter asked. */
  readonly gaps: number;
  readonly signature: 'right' | 'not-checked' | 'none';
  /** The first one; null: everything is right. */
  readonly problem: ExportProblem | null;
}

export class ExportVerifier {
  readonly #key: KeyObject | null;
  readonly #sum = new ExportSum();
  #header: ExportHeader | null = null;
  #first: ChainedEntry | null = null;
  #last: ChainedEntry | null = null;
  /** Retention's own words about what came before `#first`. */
  #removedThrough: { readonly sequence: number; readonly hash: unknown } | null = null;
  #end: { readonly trailer: ExportTrailer; readonly signature: string | null } | null = null;
  #gaps = 0;
  #problem: ExportProblem | null = null;

  /** @param key the cloud's public key, where one is at hand */
  constructor(key: KeyObject | null) {
    this.#key = key;
  }

  /** @returns false once something is wrong: the rest need not be read */
  take(item: ReadItem): boolean {
    this.#problem ??= this.#check(item);
    return this.#problem === null;
  }

  /** The whole file has been taken. */
  report(): ExportReport {
    this.#problem ??= this.#checkEnd();
    return {
      entries: this.#sum.trailer().count,
      ...{ header: this.#header, first: this.#first, last: this.#last, gaps: this.#gaps, problem: this.#problem },
      signature: (this.#end?.signature ?? null) === null ? 'none' : this.#key === null ? 'not-checked' : 'right',
    };
  }

  #check(item: ReadItem): ExportProblem | null {
    const problem = (code: ProblemCode, sequence: number | null = null) => ({ code, sequence, place: item.place });
    if (item.kind === 'unreadable')
      return problem(this.#header === null ? 'header-missing' : 'unreadable', this.#next());
    if (this.#end !== null) return problem('after-the-end', item.kind === 'entry' ? item.entry.sequence : null);
    if (item.kind === 'header') {
      if (this.#header !== null) return problem('header-twice', this.#next());
      this.#header = item.header;
      return null;
    }
    if (this.#header === null) return problem('header-missing', item.kind === 'entry' ? item.entry.sequence : null);
    if (item.kind === 'trailer') {
      this.#end = item;
      return null;
    }
    const found = this.#checkEntry(item.entry, this.#header);
    if (found !== null) return problem(found.code, found.sequence);
    this.#take(item.entry);
    return null;
  }

  #checkEntry(entry: ChainedEntry, header: ExportHeader): { code: ProblemCode; sequence: number } | null {
    const { hash, previousHash, ...told } = entry;
    const last = this.#last;
    const bad = (code: ProblemCode, sequence = entry.sequence) => ({ code, sequence });
    if (last !== null && entry.sequence <= last.sequence) return bad('order');
    if (last !== null && entry.sequence > last.sequence + 1 && isWhole(header))
      return bad('missing', last.sequence + 1);
    if (hashOf(told, previousHash) !== hash) return bad('changed');
    if (last === null)
      return header.first?.sequence === entry.sequence && header.first.hash === hash ? null : bad('wrong-start');
    return entry.sequence === last.sequence + 1 && previousHash !== last.hash ? bad('not-following') : null;
  }

  #take(entry: ChainedEntry): void {
    if (this.#last !== null && entry.sequence > this.#last.sequence + 1) this.#gaps += 1;
    this.#first ??= entry;
    this.#last = entry;
    this.#sum.add(entry);
    const { through, lastHash } = entry.details;
    if (entry.action === RETENTION_ACTION && through === this.#first.sequence - 1)
      this.#removedThrough = { sequence: through, hash: lastHash };
  }

  #checkEnd(): ExportProblem | null {
    const header = this.#header;
    if (header === null) return atEnd('header-missing');
    if (this.#end === null) return atEnd('end-cut', this.#last?.sequence ?? null);
    const { trailer, signature } = this.#end;
    const last = header.last;
    if (last?.hash !== this.#last?.hash) return atEnd('wrong-end', last?.sequence ?? null);
    const seen = this.#sum.trailer();
    if (trailer.count !== seen.count) return atEnd('count');
    if (trailer.digest !== seen.digest) return atEnd('digest');
    if (isWhole(header) && this.#first !== null && !this.#startsRightly(this.#first))
      return atEnd('start-unexplained', this.#first.sequence);
    if (this.#key === null) return null;
    if (signature === null) return atEnd('not-signed');
    return isSignedBy(header, trailer, signature, this.#key) ? null : atEnd('signature');
  }

  #startsRightly({ sequence, previousHash }: ChainedEntry): boolean {
    if (sequence === 1) return previousHash === FIRST_PREVIOUS_HASH;
    return this.#removedThrough?.hash === previousHash;
  }

  #next(): number | null {
    return this.#last === null ? null : this.#last.sequence + 1;
  }
}

/** Nothing was filtered out, so nothing may be missing. */
export function isWhole({ filter }: ExportHeader): boolean {
  return Object.keys(filter).length === 0;
}

function atEnd(code: ProblemCode, sequence: number | null = null): ExportProblem {
  return { code, sequence, place: null };
}
