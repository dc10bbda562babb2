/** The rules of a session while they are typed. Pure; times of a day and dates are in the form that browsers use. */
import { type Validity, validity, type Weekday, weeklyWindow } from '../../api/contract/session-rules.ts';
import type { Session } from '../../api/contract.ts';

export interface WindowDraft {
  readonly key: number;
  readonly days: readonly Weekday[];
  readonly from: string;
  readonly to: string;
}

export interface RulesDraft {
  /** `2026-11-24T08:00` in the browser's time zone; empty: none. */
  readonly from: string;
  readonly to: string;
  readonly windows: readonly WindowDraft[];
  readonly timeZone: string;
  readonly plantApproval: boolean;
}

export function noRules(timeZone: string): RulesDraft {
  return { from: '', to: '', windows: [], timeZone, plantApproval: false };
}

export function rulesOf({ validity: rules, plantApproval }: Session, ownZone: string): RulesDraft {
  return {
    from: localText(rules.from),
    to: localText(rules.to),
    windows: rules.windows.map((window, key) => ({ key, ...window })),
    timeZone: rules.windows.length === 0 ? ownZone : rules.timeZone,
    plantApproval,
  };
}

export function newWindow(draft: RulesDraft): WindowDraft {
  const key = Math.max(-1, ...draft.windows.map((window) => window.key)) + 1;
  return { key, days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'], from: '08:00', to: '17:00' };
}

export function isWindow({ days, from, to }: WindowDraft): boolean {
  return weeklyWindow.safeParse({ days: [...days], from, to }).success;
}

export function isInOrder({ from, to }: RulesDraft): boolean {
  return from === '' || to === '' || new Date(from) < new Date(to);
}

/** @returns null while something of it is not right */
export function validityOf(draft: RulesDraft): Validity | null {
  const windows = draft.windows.map(({ days, from, to }) => ({ days: [...days], from, to }));
  const rules = { from: timestampOf(draft.from), to: timestampOf(draft.to), windows, timeZone: draft.timeZone };
  return validity.safeParse(rules).data ?? null;
}

function timestampOf(local: string): string | null {
  const date = new Date(local);
  return local === '' || Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function localText(timestamp: string | null): string {
  if (timestamp === null) return '';
  const date = new Date(timestamp);
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
