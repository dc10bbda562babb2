/** Reads an export piece by piece, whatever its size. Standard library only. */
import type { ChainedEntry } from './audit-chain.ts';
import {
  BYTE_ORDER_MARK,
  type ChainLink,
  CSV_HEADER,
  CSV_NAMES,
  CSV_TRAILER,
  csvText,
  ENTRY_FIELDS,
  type EntryField,
  EXPORT_FORMAT,
  type ExportHeader,
  type ExportItem,
  type ExportTrailer,
} from './export-format.ts';

/** `unreadable`: what stands there is no part of an export. `place`: the line of the file it begins on, from 1. */
export type ReadItem = { readonly place: number } & (ExportItem | { readonly kind: 'unreadable' });

/** @param chunks the text of the file, in pieces of any size */
export async function* readExport(chunks: AsyncIterable<string> | Iterable<string>): AsyncGenerator<ReadItem> {
  let isFirst = true;
  let isCsv = false;
  for await (const { text, place } of recordsOf(chunks)) {
    if (isFirst) {
      isFirst = false;
      isCsv = text === CSV_NAMES;
      if (isCsv) continue;
    }
    yield { place, ...((isCsv ? csvItem(cellsOf(text)) : jsonItem(text)) ?? { kind: 'unreadable' }) };
  }
}

interface TextRecord {
  readonly place: number;
  /** As it stands in the file, without its end. */
  readonly text: string;
}

/** Records of RFC 4180 end at a line feed outside quotation marks; a line that begins with `{` is JSON's and ends at the next. */
async function* recordsOf(chunks: AsyncIterable<string> | Iterable<string>): AsyncGenerator<TextRecord> {
  let rest = '';
  let line = 1;
  let isStart = true;
  for await (const chunk of chunks) {
    rest += chunk;
    if (isStart && rest.length > 0) {
      isStart = false;
      if (rest.startsWith(BYTE_ORDER_MARK)) rest = rest.slice(1);
    }
    for (let from = 0; ; ) {
      const end = recordEnd(rest, from);
      if (end === -1) {
        rest = rest.slice(from);
        break;
      }
      const text = rest.slice(from, end).replace(/\r$/, '');
      yield { place: line, text };
      line += text.split('\n').length;
      from = end + 1;
    }
  }
  if (rest !== '') yield { place: line, text: rest };
}

const QUOTE = 0x22;
const LINE_FEED = 0x0a;

function recordEnd(text: string, from: number): number {
  if (text.startsWith('{', from)) return text.indexOf('\n', from);
  let isQuoted = false;
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) isQuoted = !isQuoted;
    else if (code === LINE_FEED && !isQuoted) return at;
  }
  return -1;
}

const CELL = /,(?:"((?:[^"]|"")*)"|([^",]*))/gy;

/** None where the record is not well formed. */
function cellsOf(record: string): string[] {
  const text = `,${record}`;
  const cells: string[] = [];
  for (let end = 0; end < text.length; end = CELL.lastIndex) {
    CELL.lastIndex = end;
    const found = CELL.exec(text);
    if (found === null) return [];
    cells.push(found[1] === undefined ? (found[2] ?? '') : found[1].replaceAll('""', '"'));
  }
  return cells;
}

function csvItem(cells: readonly string[]): ExportItem | null {
  if (cells.length !== ENTRY_FIELDS.length) return null;
  const cell = (field: EntryField) => csvText(cells[ENTRY_FIELDS.indexOf(field)] ?? '');
  const details = parseJson(cell('details') ?? '');
  if (cell('sequence') === null) {
    // The other cells say nothing, so nothing may stand there.
    if (ENTRY_FIELDS.some((field) => !['at', 'action', 'details'].includes(field) && cell(field) !== null)) return null;
    if (cell('action') === CSV_HEADER)
      return isHeader(details) && cell('at') === details.exportedAt ? { kind: 'header', header: details } : null;
    return cell('action') === CSV_TRAILER && cell('at') === null ? trailerItem(details) : null;
  }
  const entry = Object.fromEntries(ENTRY_FIELDS.map((field) => [field, cell(field)]));
  const read: unknown = { ...entry, sequence: sequenceOf(cell('sequence')), details };
  return isEntry(read) ? { kind: 'entry', entry: read } : null;
}

function jsonItem(text: string): ExportItem | null {
  const value = parseJson(text);
  if (!isObject(value)) return null;
  if (hasOnly(value, ['header'])) return isHeader(value['header']) ? { kind: 'header', header: value['header'] } : null;
  if (hasOnly(value, ['trailer', 'signature'])) return trailerItem(value);
  return isEntry(value) ? { kind: 'entry', entry: value } : null;
}

function trailerItem(value: unknown): ExportItem | null {
  if (!isObject(value) || !hasOnly(value, ['trailer', 'signature'])) return null;
  const { trailer, signature } = value;
  if (!isTrailer(trailer) || (signature !== null && typeof signature !== 'string')) return null;
  return { kind: 'trailer', trailer, signature };
}

function sequenceOf(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,15}$/.test(text) ? Number(text) : null;
}

/** A number that is spelled otherwise than an export spells it (1.50) has been changed, though it is the same number. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown, written?: { source?: string }) => {
      if (typeof value === 'number' && written?.source !== JSON.stringify(value))
        throw new SyntaxError('another spelling');
      return value;
    });
  } catch {
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Exactly these: what a file has beyond them no hash would cover. */
function hasOnly(value: Fields, names: readonly string[]): boolean {
  return Object.keys(value).length === names.length && names.every((name) => Object.hasOwn(value, name));
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);
const isCount = (value: unknown, least: number): value is number =>
  Number.isSafeInteger(value) && Number(value) >= least;

function isEntry(value: unknown): value is ChainedEntry {
  if (!isObject(value) || !hasOnly(value, ENTRY_FIELDS)) return false;
  const { sequence, at, actor, origin, action, sessionId, gateway, details, previousHash, hash } = value;
  return (
    isCount(sequence, 1) &&
    [at, actor, action, previousHash, hash].every(isText) &&
    [origin, sessionId, gateway].every(isTextOrNull) &&
    isObject(details)
  );
}

function isLinkOrNull(value: unknown): value is ChainLink | null {
  if (value === null) return true;
  if (!isObject(value) || !hasOnly(value, ['sequence', 'at', 'previousHash', 'hash'])) return false;
  return isCount(value['sequence'], 1) && [value['at'], value['previousHash'], value['hash']].every(isText);
}

function isHeader(value: unknown): value is ExportHeader {
  if (!isObject(value) || !hasOnly(value, ['format', 'exportedAt', 'filter', 'first', 'last'])) return false;
  const { format, exportedAt, filter, first, last } = value;
  return (
    format === EXPORT_FORMAT &&
    isText(exportedAt) &&
    isObject(filter) &&
    Object.values(filter).every(isText) &&
    isLinkOrNull(first) &&
    isLinkOrNull(last)
  );
}

function isTrailer(value: unknown): value is ExportTrailer {
  return (
    isObject(value) && hasOnly(value, ['count', 'digest']) && isCount(value['count'], 0) && isText(value['digest'])
  );
}
