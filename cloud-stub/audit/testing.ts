/** Chains and exports of them, for tests. */

import type { KeyObject } from 'node:crypto';
import { type ChainedEntry, FIRST_PREVIOUS_HASH, hashOf } from './audit-chain.ts';
import { EXPORT_FORMAT, type ExportHeader, ExportSum, linkOf, signExport } from './export-format.ts';
import { readExport } from './read-export.ts';
import { type ExportReport, ExportVerifier } from './verify-export.ts';
import { csvLines, jsonLines } from './write-export.ts';

export type Format = 'csv' | 'jsonl';

export type EntryText = Pick<ChainedEntry, 'actor' | 'origin' | 'action' | 'details'>;

/** Entries 1, 2, 3 ... that say this. */
export function chainOf(texts: readonly EntryText[], start = 1, startHash = FIRST_PREVIOUS_HASH): ChainedEntry[] {
  let previousHash = startHash;
  return texts.map((text, at) => {
    const told = {
      sequence: start + at,
      at: new Date(Date.UTC(2026, 0, 1, 0, at)).toISOString(),
      ...{ sessionId: null, gateway: at % 2 === 0 ? null : 'gw-1' },
      ...text,
    };
    const entry = { ...told, previousHash, hash: hashOf(told, previousHash) };
    previousHash = entry.hash;
    return entry;
  });
}

/** The same entries after something was done to them, each with a hash that fits, the chain as far as it goes. */
export function rehashed(entry: ChainedEntry): ChainedEntry {
  const { hash: _old, previousHash, ...told } = entry;
  return { ...entry, hash: hashOf(told, previousHash) };
}

/** The pieces of a file: names (CSV), header, entries, trailer. */
export function exportLines(
  format: Format,
  entries: readonly ChainedEntry[],
  options: { readonly filter?: Readonly<Record<string, string>>; readonly key?: KeyObject } = {},
): string[] {
  const [first, last] = [entries.at(0), entries.at(-1)];
  const header: ExportHeader = {
    format: EXPORT_FORMAT,
    exportedAt: '2026-02-01T00:00:00.000Z',
    filter: options.filter ?? {},
    first: first === undefined ? null : linkOf(first),
    last: last === undefined ? null : linkOf(last),
  };
  const sum = new ExportSum();
  for (const entry of entries) sum.add(entry);
  const trailer = sum.trailer();
  const signature = options.key === undefined ? null : signExport(header, trailer, options.key);
  const write = format === 'csv' ? csvLines : jsonLines;
  return [
    ...(write.before === '' ? [] : [write.before]),
    write.header(header),
    ...entries.map((entry) => write.entry(entry)),
    write.trailer(trailer, signature),
  ];
}

export async function verify(lines: readonly string[], key: KeyObject | null = null): Promise<ExportReport> {
  const verifier = new ExportVerifier(key);
  for await (const item of readExport([lines.join('')])) if (!verifier.take(item)) break;
  return verifier.report();
}
