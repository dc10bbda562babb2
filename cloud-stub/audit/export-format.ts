/**
 * What an export of the audit log looks like. Standard library only: an auditor checks an export with it.
 *
 * A header (what was asked for, where the chain begins and ends), the entries oldest first, and a trailer (how many, a digest
 * over their hashes, the cloud's signature over header and trailer). Two forms:
 *
 * - JSON Lines: `{"header": ...}`, an entry a line, `{"trailer": ..., "signature": ...}`.
 * - CSV (RFC 4180, UTF-8 with byte order mark): a line of names, the header as a record `export-header`, an entry a record, the
 *   trailer as a record `export-trailer`; both have no sequence and stand in `details` as JSON.
 *
 * A record is one line in both: control characters, and what else a terminal obeys, are written as `\\uXXXX`.
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

/** What a cell says in place of a text that would not stay a line of plain characters: this, and the text as JSON. */
export const CSV_JSON = `'"`;

/** The text of a cell; null for an empty one. */
export function csvText(cell: string): string | null {
  if (cell === '') return null;
  if (cell.startsWith(CSV_JSON)) return textOfJson(cell.slice(1));
  return cell.startsWith("'") ? cell.slice(1) : cell;
}

/** What is no JSON of a text stays as it stands: its hash tells that it was changed. */
function textOfJson(json: string): string {
  try {
    return String(JSON.parse(json));
  } catch {
    return json;
  }
}
