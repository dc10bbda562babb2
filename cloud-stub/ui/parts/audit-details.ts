/** Texts of audit entries for the table. Pure. */
import type { AuditEntry } from '../../api/contract.ts';

/** What other columns tell, and what only the delivery of events needs; the exports hold it. */
const LEFT_OUT: ReadonlySet<string> = new Set(['kind', 'sessionId', 'log', 'sequence']);

/** What an auditor looks for first; the rest follows as it came. */
const FIRST = ['reason', 'destination', 'protocol', 'port', 'released'];

/** `{ port: 502 }` -> `port: 502`; nested values as JSON. */
export function detailTexts(details: AuditEntry['details']): string[] {
  return Object.entries(details)
    .filter(([name, value]) => !LEFT_OUT.has(name) && value !== null && value !== '')
    .toSorted(([one], [other]) => rank(one) - rank(other))
    .map(([name, value]) => `${name}: ${valueText(value)}`);
}

function rank(name: string): number {
  const place = FIRST.indexOf(name);
  return place === -1 ? FIRST.length : place;
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(', ');
  return JSON.stringify(value);
}
