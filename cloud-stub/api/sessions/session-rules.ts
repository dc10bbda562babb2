/** The rules of a session as they stand in the store. */
import type { Validity, WeeklyWindow } from '../contract/session-rules.ts';
import type { NewSession } from '../contract.ts';
import type { SessionRow } from './session-queries.ts';

export function validityOf(row: Pick<SessionRow, 'valid_from' | 'valid_to' | 'windows' | 'time_zone'>): Validity {
  return { from: row.valid_from, to: row.valid_to, windows: [...row.windows], timeZone: row.time_zone };
}

export function validityColumns({ from, to, windows, timeZone }: Validity) {
  return { valid_from: from, valid_to: to, windows: JSON.stringify(windows), time_zone: timeZone };
}

/** What the log tells of the rules: only what restricts. */
export function rulesForAudit({ validity, plantApproval }: Pick<NewSession, 'validity' | 'plantApproval'>) {
  const { from, to, windows, timeZone } = validity;
  return {
    ...(from === null ? {} : { validFrom: from }),
    ...(to === null ? {} : { validTo: to }),
    ...(windows.length === 0 ? {} : { windows: windows.map(windowText), timeZone }),
    ...(plantApproval ? { plantApproval } : {}),
  };
}

function windowText({ days, from, to }: WeeklyWindow): string {
  return `${days.join(', ')} ${from} to ${to}`;
}
