/** What the verification tells an auditor, in plain sentences. */
import { type ExportReport, isWhole, PROBLEMS } from './verify-export.ts';

export function reportText(file: string, report: ExportReport): string {
  const { entries, header, first, last, gaps, problem } = report;
  const lines = [`${file}: ${entries} ${entries === 1 ? 'entry' : 'entries'} read`];
  if (header !== null) lines.push(`exported at ${header.exportedAt}`);
  if (first !== null && last !== null)
    lines.push(
      `from ${first.at} (entry ${first.sequence}) to ${last.at} (entry ${last.sequence})`,
      `first hash ${first.hash}`,
      `last hash  ${last.hash}`,
    );
  if (problem !== null) {
    const where = problem.place === null ? 'at the end of the file' : `line ${problem.place}`;
    const which = problem.sequence === null ? 'The export' : `Entry ${problem.sequence}`;
    return [...lines, `NOT VERIFIED. ${which}, ${where}: ${PROBLEMS[problem.code]}`].join('\n');
  }
  if (header !== null) lines.push(scope(header.filter, gaps, isWhole(header)));
  if (first !== null && first.sequence > 1 && gaps === 0 && header !== null && isWhole(header))
    lines.push(
      `Entries 1 to ${first.sequence - 1} were removed by retention; the log says so, and the rest continues them.`,
    );
  lines.push(SIGNATURE[report.signature], 'VERIFIED.');
  return lines.join('\n');
}

function scope(filter: Readonly<Record<string, string>>, gaps: number, whole: boolean): string {
  if (whole) return 'Everything up to the last entry, without a gap: each entry continues the one before.';
  const asked = Object.entries(filter).map(([name, value]) => `${name}=${value}`);
  const chain =
    gaps === 0
      ? 'The entries continue each other without a gap.'
      : `The entries are not contiguous (${gaps} ${gaps === 1 ? 'gap' : 'gaps'}): each was checked by its own hash and the one it continues. That none is missing in between shows only an export without a filter.`;
  return `Filtered by ${asked.join(', ')}. ${chain}`;
}

const SIGNATURE = {
  right: 'The signature is right: the export comes from the cloud with this key, as it was.',
  'not-checked': "Signed, but not checked: give the cloud's public key with --key FILE.",
  none: 'Not signed: whoever had this file could have computed every hash anew.',
} as const satisfies Record<ExportReport['signature'], string>;
