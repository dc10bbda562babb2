/** When a run that begins now ends by itself, and why. Pure. */
import type { StateWhy, Validity } from '../contract/session-rules.ts';
import { nextClosing } from './validity.ts';

const MINUTE = 60_000;

export interface RunEnd {
  /** ISO 8601 */
  readonly expiresAt: string;
  readonly why: StateWhy;
}

/** Whichever comes first: the longest time of a run, the end of its window, the end of its validity. */
export function runEnd(validity: Validity, maximumMinutes: number, now: Date): RunEnd {
  const longest = new Date(now.getTime() + maximumMinutes * MINUTE);
  const closing = nextClosing(validity, now);
  if (closing === null || closing.at > longest)
    return { expiresAt: longest.toISOString(), why: { code: 'maximum-over', minutes: maximumMinutes } };
  const at = closing.at.toISOString();
  return { expiresAt: at, why: { code: closing.by === 'window' ? 'window-over' : 'validity-over', at } };
}
