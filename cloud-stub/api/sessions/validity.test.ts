/** C3, C4: when a session may run. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ALWAYS, type Validity, validity, WEEKDAYS, type Weekday } from '../contract/session-rules.ts';
import { isOpen, nextClosing, nextOpening } from './validity.ts';

const MINUTE = 60_000;
const weekly = (days: readonly Weekday[], from: string, to: string, timeZone = 'Europe/Berlin'): Validity =>
  validity.parse({ from: null, to: null, windows: [{ days: [...days], from, to }], timeZone });
const at = (text: string) => new Date(text);

describe('C4: a session without rules', () => {
  it('may run at any time', () => {
    expect(isOpen(ALWAYS, at('2026-11-24T03:00:00.000Z'))).toBe(true);
    expect(nextOpening(ALWAYS, at('2026-11-24T03:00:00.000Z'))).toEqual(at('2026-11-24T03:00:00.000Z'));
    expect(nextClosing(ALWAYS, at('2026-11-24T03:00:00.000Z'))).toBeNull();
  });
});

describe('C4: from and to', () => {
  const days: Validity = { ...ALWAYS, from: '2026-11-24T08:00:00.000Z', to: '2026-11-26T16:00:00.000Z' };
  it.each([
    ['2026-11-24T07:59:59.999Z', false],
    ['2026-11-24T08:00:00.000Z', true],
    ['2026-11-26T15:59:59.999Z', true],
    ['2026-11-26T16:00:00.000Z', false],
  ])('at %s it may run: %s', (moment, open) => {
    expect(isOpen(days, at(moment))).toBe(open);
  });

  it('tell when it is possible next, and that it never is again', () => {
    expect(nextOpening(days, at('2026-11-01T00:00:00.000Z'))).toEqual(at('2026-11-24T08:00:00.000Z'));
    expect(nextOpening(days, at('2026-11-26T16:00:00.000Z'))).toBeNull();
  });

  it('end a run', () => {
    expect(nextClosing(days, at('2026-11-25T00:00:00.000Z'))).toEqual({
      at: at('2026-11-26T16:00:00.000Z'),
      by: 'validity',
    });
  });

  it('must lie in their order', () => {
    expect(validity.safeParse({ ...days, to: days.from }).success).toBe(false);
  });
});

describe('C4: weekly windows', () => {
  it('follow the clocks of their time zone through the year', () => {
    const morning = weekly(['tuesday'], '08:00', '10:00');
    expect(nextOpening(morning, at('2026-07-20T00:00:00.000Z'))).toEqual(at('2026-07-21T06:00:00.000Z'));
    expect(nextOpening(morning, at('2026-11-23T00:00:00.000Z'))).toEqual(at('2026-11-24T07:00:00.000Z'));
    expect(nextClosing(morning, at('2026-11-24T07:30:00.000Z'))).toEqual({
      at: at('2026-11-24T09:00:00.000Z'),
      by: 'window',
    });
  });

  it('may go past midnight', () => {
    const night = weekly(['friday'], '22:00', '06:00');
    expect(isOpen(night, at('2026-11-28T04:59:00.000Z'))).toBe(true);
    expect(isOpen(night, at('2026-11-28T05:00:00.000Z'))).toBe(false);
    expect(isOpen(night, at('2026-11-27T04:00:00.000Z'))).toBe(false);
  });

  it('that touch are one', () => {
    const two = weekly(['monday', 'tuesday'], '00:00', '00:00');
    expect(nextClosing(two, at('2026-11-23T12:00:00.000Z'))?.at).toEqual(at('2026-11-24T23:00:00.000Z'));
  });

  it('begin when the clock is put past their beginning: 02:30 does not exist on 29 March 2026', () => {
    const gap = weekly(['sunday'], '02:30', '04:00');
    expect(nextOpening(gap, at('2026-03-28T12:00:00.000Z'))).toEqual(at('2026-03-29T01:00:00.000Z'));
    expect(nextClosing(gap, at('2026-03-29T01:00:00.000Z'))?.at).toEqual(at('2026-03-29T02:00:00.000Z'));
  });

  it('that lie in the skipped hour open a week later', () => {
    const gap = weekly(['sunday'], '02:10', '02:50');
    expect(nextOpening(gap, at('2026-03-28T12:00:00.000Z'))).toEqual(at('2026-04-05T00:10:00.000Z'));
  });

  it('are open twice in the hour that comes twice, on 25 October 2026', () => {
    const twice = weekly(['sunday'], '02:10', '02:50');
    expect(nextOpening(twice, at('2026-10-25T00:00:00.000Z'))).toEqual(at('2026-10-25T00:10:00.000Z'));
    expect(nextOpening(twice, at('2026-10-25T00:50:00.000Z'))).toEqual(at('2026-10-25T01:10:00.000Z'));
  });
});

const someValidity: fc.Arbitrary<Validity> = fc.record({
  from: fc.constant(null),
  to: fc.constant(null),
  windows: fc.array(
    fc.record({
      days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
      from: fc.integer({ min: 0, max: 95 }).map(quarter),
      to: fc.integer({ min: 0, max: 95 }).map(quarter),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe'),
});

function quarter(count: number): string {
  return `${String(Math.floor(count / 4)).padStart(2, '0')}:${String((count % 4) * 15).padStart(2, '0')}`;
}

/** Around the changes of the clocks as well. */
const someMoment = fc
  .tuple(
    fc.constantFrom('2026-03-28T12:00:00Z', '2026-10-24T12:00:00Z', '2026-11-01T00:00:00Z', '2026-04-04T10:00:00Z'),
    fc.integer({ min: 0, max: 48 * 60 }),
  )
  .map(([base, minutes]) => new Date(Date.parse(base) + minutes * MINUTE));

test('C4: what opens next is open, and nothing before it is; and so for what closes', () => {
  fc.assert(
    fc.property(someValidity, someMoment, (rules, now) => {
      const isNowOpen = isOpen(rules, now);
      const change = isNowOpen ? nextClosing(rules, now)?.at : nextOpening(rules, now);
      const last = change ?? new Date(now.getTime() + 3 * 24 * 60 * MINUTE);
      for (let step = now.getTime(); step < last.getTime(); step += 15 * MINUTE)
        expect(isOpen(rules, new Date(step))).toBe(isNowOpen);
      if (change !== null && change !== undefined) expect(isOpen(rules, change)).toBe(!isNowOpen);
    }),
    { numRuns: 40 },
  );
}, 60_000);

test('a time zone is one of the names that the world has agreed on', () => {
  for (const timeZone of ['Europe/Berlin', 'UTC', 'America/Argentina/Buenos_Aires'])
    expect(validity.safeParse({ ...ALWAYS, timeZone }).success).toBe(true);
  for (const timeZone of ['', '+01:00', 'Europe/Nowhere', 'x'.repeat(100)])
    expect(validity.safeParse({ ...ALWAYS, timeZone }).success).toBe(false);
});
