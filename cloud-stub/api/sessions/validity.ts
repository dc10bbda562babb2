/**
 * When a session may run. Pure.
 *
 * A weekly window is open whenever a clock on the wall of its time zone shows a time inside it. So it follows daylight
 * saving time by itself: an hour that is skipped is no part of it, and one that comes twice is part of it twice.
 */
import { Temporal } from 'temporal-polyfill';
import { type Validity, WEEKDAYS, type WeeklyWindow } from '../contract/session-rules.ts';

/** A window may lie in the hour that daylight saving time skips, so it opens at the latest in the week after the next. */
const SEARCHED_DAYS = 22;
const MINUTES_A_DAY = 24 * 60;

export type Closing = { readonly at: Date; readonly by: 'window' | 'validity' };

/** @returns whether a run may begin, or go on, at this moment */
export function isOpen(validity: Validity, at: Date): boolean {
  return isWithin(validity, at.getTime()) && isWindowOpen(validity, at.getTime());
}

/**
 * @returns the first moment from `now` on at which it may run; null when there is none
 */
export function nextOpening(validity: Validity, now: Date): Date | null {
  const from = validity.from === null ? Number.NEGATIVE_INFINITY : Date.parse(validity.from);
  const start = Math.max(now.getTime(), from);
  const opening = isWindowOpen(validity, start)
    ? start
    : boundaries(validity, start).find((at) => isWindowOpen(validity, at));
  return opening !== undefined && isWithin(validity, opening) ? new Date(opening) : null;
}

/**
 * @param now a moment at which it may run
 * @returns the first moment after it at which it may no longer; null when that is more than three weeks away
 */
export function nextClosing(validity: Validity, now: Date): Closing | null {
  const window =
    validity.windows.length === 0
      ? undefined
      : boundaries(validity, now.getTime()).find((at) => !isWindowOpen(validity, at));
  const to = validity.to === null ? undefined : Date.parse(validity.to);
  if (to !== undefined && (window === undefined || to <= window)) return { at: new Date(to), by: 'validity' };
  return window === undefined ? null : { at: new Date(window), by: 'window' };
}

function isWithin({ from, to }: Validity, at: number): boolean {
  return (from === null || at >= Date.parse(from)) && (to === null || at < Date.parse(to));
}

function isWindowOpen({ windows, timeZone }: Validity, at: number): boolean {
  if (windows.length === 0) return true;
  const local = zoned(at, timeZone);
  const minute = local.hour * 60 + local.minute;
  return windows.some((window) => {
    const { from, to } = minutesOf(window);
    const isOn = (day: number) => window.days.some((name) => WEEKDAYS.indexOf(name) === day);
    const today = local.dayOfWeek - 1;
    return (
      (isOn(today) && minute >= from && minute < to) ||
      (isOn((today + 6) % 7) && minute + MINUTES_A_DAY >= from && minute + MINUTES_A_DAY < to)
    );
  });
}

/** `to` counts from the day of `from` and may lie on the next. */
function minutesOf(window: WeeklyWindow): { readonly from: number; readonly to: number } {
  const [from, to] = [minuteOf(window.from), minuteOf(window.to)];
  return { from, to: to > from ? to : to + MINUTES_A_DAY };
}

function minuteOf(time: string): number {
  const [hours, minutes] = time.split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}

/** Every moment after `since` at which a window may open or close, in order: its own times, and changes of the clocks. */
function boundaries({ windows, timeZone }: Validity, since: number): number[] {
  const times = new Set(windows.flatMap(({ from, to }) => [from, to]));
  const first = zoned(since, timeZone).toPlainDate();
  const found = new Set<number>();
  for (let day = 0; day <= SEARCHED_DAYS; day += 1) {
    const date = first.add({ days: day });
    for (const time of times) {
      const local = date.toPlainDateTime(Temporal.PlainTime.from(time));
      for (const disambiguation of ['earlier', 'later'] as const)
        found.add(local.toZonedDateTime(timeZone, { disambiguation }).epochMilliseconds);
    }
  }
  let change = zoned(since, timeZone).getTimeZoneTransition('next');
  const last = since + SEARCHED_DAYS * MINUTES_A_DAY * 60_000;
  while (change !== null && change.epochMilliseconds <= last) {
    found.add(change.epochMilliseconds);
    change = change.getTimeZoneTransition('next');
  }
  return [...found].filter((at) => at > since).sort((a, b) => a - b);
}

function zoned(at: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
}
