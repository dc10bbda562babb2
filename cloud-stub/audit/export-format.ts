/**
 * What an export of the audit log looks like. Standard library only: an auditor checks an export with it.
 *
 * A header (what was asked for, where the chain begins and ends), the entries oldest first, and a trailer (how many, a digest
 * over their hashes, the cloud's signature over header and trailer). Two forms:
 *
 * - JSON Lines: `{"header": ...}`, an entry a line, `{"trailer": ..., "signature": ...}`.
 * - CSV (RFC 4180, UTF-8 with byte order mark): a line of names, the header as a record `export-header`, an entry a record, the
 *   trailer as a record `export-trailer`; both have no sequence and stand in `details` as JSON.
 */
import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import { canonicalJson } from '../store/canonical-json.ts';
import type { ChainedEntry } from './audit-chain.ts';

export const EXPORT_FORMAT = 'edgegateway-audit-export-1';

export interface ChainLink {
  readonly sequence: number;
  readonly at: string;
  readonly previousHash: string;
  readonly hash: string;
}

export interface ExportHeader {
  readonly format: typeof EXPORT_FORMAT;
  readonly exportedAt: string;
  /** As asked for; empty: everything, without a gap. */
  readonly filter: Readonly<Record<string, string>>;
  /** Of the entries in this file; null where nothing fits. */
  readonly first: ChainLink | null;
  readonly last: ChainLink | null;
}

export interface ExportTrailer {
  readonly count: number;
  /** SHA-256, hex, over every entry's hash and a line feed, in order. */
  readonly digest: string;
}

/** A part of an export. */
export type ExportItem =
  | { readonly kind: 'header'; readonly header: ExportHeader }
  | { readonly kind: 'entry'; readonly entry: ChainedEntry }
  /** `signature`: Ed25519, base64; null where the cloud did not sign. */
  | { readonly kind: 'trailer'; readonly trailer: ExportTrailer; readonly signature: string | null };

export const ENTRY_FIELDS = [
  'sequence',
  'at',
  'actor',
  'origin',
  'action',
  'sessionId',
  'gateway',
  'details',
  'previousHash',
  'hash',
] as const;
export type EntryField = (typeof ENTRY_FIELDS)[number];

export const BYTE_ORDER_MARK = '\uFEFF';
export const CSV_NAMES = ENTRY_FIELDS.join(',');

/** The records without a sequence, by their action. */
export const CSV_HEADER = 'export-header';
export const CSV_TRAILER = 'export-trailer';

export function linkOf({ sequence, at, previousHash, hash }: ChainedEntry): ChainLink {
  return { sequence, at, previousHash, hash };
}

/** Counts and digests what goes by. */
export class ExportSum {
  readonly #digest = createHash('sha256');
  #count = 0;

  add({ hash }: ChainedEntry): void {
    this.#digest.update(`${hash}\n`);
    this.#count += 1;
  }

  trailer(): ExportTrailer {
    return { count: this.#count, digest: this.#digest.copy().digest('hex') };
  }
}

/** @returns Ed25519 (RFC 8032), base64 */
export function signExport(header: ExportHeader, trailer: ExportTrailer, key: KeyObject): string {
  return sign(null, signedText(header, trailer), key).toString('base64');
}

export function isSignedBy(
  header: ExportHeader,
  trailer: ExportTrailer,
  signature: string,
  publicKey: KeyObject,
): boolean {
  const bytes = Buffer.from(signature, 'base64');
  return bytes.toString('base64') === signature && verify(null, signedText(header, trailer), publicKey, bytes);
}

function signedText(header: ExportHeader, trailer: ExportTrailer): Buffer {
  return Buffer.from(canonicalJson({ header, trailer }));
}

/** Lines as they stand in the file, with their ends. */
export const jsonLines = {
  before: '',
  header: (header: ExportHeader) => `${JSON.stringify({ header })}\n`,
  entry: (entry: ChainedEntry) => `${JSON.stringify(entry)}\n`,
  trailer: (trailer: ExportTrailer, signature: string | null) => `${JSON.stringify({ trailer, signature })}\n`,
} as const;

export const csvLines = {
  before: `${BYTE_ORDER_MARK}${CSV_NAMES}\r\n`,
  header: (header: ExportHeader) => csvRecord({ action: CSV_HEADER, at: header.exportedAt, details: header }),
  entry: (entry: ChainedEntry) => csvRecord(entry),
  trailer: (trailer: ExportTrailer, signature: string | null) =>
    csvRecord({ action: CSV_TRAILER, details: { trailer, signature } }),
} as const;

function csvRecord(values: Readonly<Partial<Record<EntryField, unknown>>>): string {
  return `${ENTRY_FIELDS.map((field) => csvCell(values[field])).join(',')}\r\n`;
}

/**
 * A text that a spreadsheet would take for a formula gets an apostrophe in front, which it shows as text; so does one that
 * has an apostrophe already or is empty (an empty cell is "nothing"), so that reading takes exactly one away.
 */
function csvCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const harmless = typeof value === 'string' && /^(?:[=+\-@\t\r'\n]|$)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** The text that `csvCell` wrote; null for an empty cell. */
export function csvText(cell: string): string | null {
  if (cell === '') return null;
  return cell.startsWith("'") ? cell.slice(1) : cell;
}
