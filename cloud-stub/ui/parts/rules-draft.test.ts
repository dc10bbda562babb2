import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ALWAYS, validity, WEEKDAYS } from '../../api/contract/session-rules.ts';
import { isInOrder, newWindow, noRules, rulesOf, validityOf } from './rules-draft.ts';

it('without an entry a session may run at any time', () => {
  expect(validityOf(noRules('UTC'))).toEqual(ALWAYS);
});

it('C3: rules that are shown for editing and saved unchanged stay the same, to the minute', () => {
  const minute = fc.integer({ min: 0, max: 40_000_000 }).map((count) => new Date(count * 60_000).toISOString());
  const time = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
  const window = fc.record({ days: fc.subarray([...WEEKDAYS], { minLength: 1 }), from: time, to: time });
  const rules = fc
    .record({
      from: fc.option(minute),
      to: fc.option(minute),
      windows: fc.array(window, { minLength: 1, maxLength: 3 }),
      timeZone: fc.constantFrom('UTC', 'Europe/Berlin'),
    })
    .filter((one) => validity.safeParse(one).success);
  fc.assert(
    fc.property(rules, (one) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only the rules are read
      const draft = rulesOf({ validity: one, plantApproval: true } as Parameters<typeof rulesOf>[0], 'UTC');
      expect(validityOf(draft)).toEqual(one);
      expect(draft.plantApproval).toBe(true);
    }),
  );
});

it('an end before the beginning, a window without days and a time that is none are not taken', () => {
  const draft = noRules('UTC');
  const turned = { ...draft, from: '2026-11-24T08:00', to: '2026-11-24T07:00' };
  expect(isInOrder(turned)).toBe(false);
  expect(validityOf(turned)).toBeNull();
  const window = newWindow(draft);
  expect(validityOf({ ...draft, windows: [window] })?.windows).toHaveLength(1);
  expect(validityOf({ ...draft, windows: [{ ...window, days: [] }] })).toBeNull();
  expect(validityOf({ ...draft, windows: [{ ...window, to: '' }] })).toBeNull();
});
