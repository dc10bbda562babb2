import fc from 'fast-check';
import { expect, test } from 'vitest';
import { median } from './median.ts';

test.each([
  [[3], 3],
  [[9, 1, 5], 5],
  [[4, 1, 3, 2], 2.5],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

test('one wild value out of three or more never becomes the median', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 2 }), (values) => {
      expect(median([...values, 1e9])).toBeLessThanOrEqual(10);
    }),
  );
});

test('nothing has no median', () => {
  expect(() => median([])).toThrow(RangeError);
});
