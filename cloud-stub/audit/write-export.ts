/** An export of the audit log as text (export-format.ts). */
import { visibleJson } from '@edgegateway/protocol/visible-json';
import type { ChainedEntry } from './audit-chain.ts';
import {
  BYTE_ORDER_MARK,
  CSV_HEADER,
  CSV_NAMES,
  CSV_TRAILER,
  ENTRY_FIELDS,
  type EntryField,
  type ExportHeader,
  type ExportTrailer,
} from './export-format.ts';

/** Lines as they stand in the file, with their ends. */
export const jsonLines = {
  before: '',
  header: (header: ExportHeader) => jsonLine({ header }),
  entry: (entry: ChainedEntry) => jsonLine(entry),
  trailer: (trailer: ExportTrailer, signature: string | null) => jsonLine({ trailer, signature }),
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
 * has an apostrophe already or is empty (an empty cell is "nothing"), so that reading takes exactly one away. No such text
 * has a quotation mark behind the apostrophe: that is how a text begins which stands there as JSON.
 */
function csvCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const json = visibleJson(JSON.stringify(value));
  const cell = typeof value === 'string' ? textCell(value, json) : json;
  return /[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function textCell(text: string, json: string): string {
  // What JSON writes otherwise than with a backslash before a quotation mark or another one is not plain.
  if (json.slice(1, -1).replaceAll(/\\(["\\])/g, '$1') !== text) return `'${json}`;
  return /^(?:[=+\-@']|$)/.test(text) ? `'${text}` : text;
}

function jsonLine(value: unknown): string {
  return `${visibleJson(JSON.stringify(value))}\n`;
}
