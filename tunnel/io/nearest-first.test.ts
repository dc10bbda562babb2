import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearestFirst } from './nearest-first.ts';

const CONFIGURED = ['a', 'b', 'c', 'd'] as const;
type RoundTrips = Readonly<Partial<Record<string, number>>>;

const order = (roundTrips: RoundTrips, before: readonly string[] = []) =>
  nearestFirst<string>(CONFIGURED, before, (relay) => roundTrips[relay] ?? null).join('');

test('T4: the nearest relay comes first, those of unknown distance last', () => {
  expect(order({ a: 120, b: 40, d: 80 })).toBe('bdac');
});

test('T4: relays that are as near as each other stand as they are configured', () => {
  expect(order({ a: 45, b: 40, c: 48, d: 41 })).toBe('abcd');
  expect(order({})).toBe('abcd');
});

test('T4: an order stays for a small difference and goes for a clear one', () => {
  const all = { a: 40, b: 30, c: 200, d: 200 };
  expect(order(all, ['a', 'b', 'c', 'd'])).toBe('abcd');
  expect(order(all, ['b', 'a', 'c', 'd'])).toBe('bacd');
  expect(order({ ...all, a: 41 }, ['a', 'b', 'c', 'd'])).toBe('bacd');
  expect(order({ ...all, c: 199 }, ['b', 'a', 'd', 'c'])).toBe('badc');
});

test('T4: far away, a fifth of the way is the least that counts', () => {
  expect(order({ a: 119, b: 100 }, ['a', 'b'])).toBe('abcd');
  expect(order({ a: 121, b: 100 }, ['a', 'b'])).toBe('bacd');
});

test('T4: a relay whose distance is not known any more goes to the end, and comes back without a former order', () => {
  expect(order({ a: 50, c: 50, d: 50 }, ['b', 'a', 'c', 'd'])).toBe('acdb');
  expect(order({ a: 50, b: 50, c: 50, d: 50 }, ['a', 'c', 'd'])).toBe('abcd');
});

test('T4: whatever is measured, no relay stands behind one that is clearly farther, and none is lost', () => {
  const roundTrips = fc.record(
    Object.fromEntries(CONFIGURED.map((relay) => [relay, fc.option(fc.double({ min: 0, max: 400, noNaN: true }))])),
  );
  fc.assert(
    fc.property(fc.array(roundTrips, { minLength: 1, maxLength: 20 }), (measurements) => {
      let before: readonly string[] = [];
      for (const measured of measurements) {
        const distance = (relay: string) => measured[relay] ?? Number.POSITIVE_INFINITY;
        const result = nearestFirst<string>(CONFIGURED, before, (relay) => measured[relay] ?? null);
        expect([...result].sort()).toEqual([...CONFIGURED]);
        for (const [index, earlier] of result.entries())
          for (const later of result.slice(index + 1)) {
            const clear = Math.max(10, distance(later) * 0.2);
            expect(distance(earlier) - distance(later) > clear).toBe(false);
          }
        before = result.filter((relay) => (measured[relay] ?? null) !== null);
      }
    }),
  );
});
