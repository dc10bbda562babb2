import { expect, test } from 'vitest';
import { percentile } from './percentile.ts';

test.each([
  [[3], 0.95, 3],
  [[2, 1], 0.5, 1],
  [[4, 1, 3, 2], 0.5, 2],
  [Array.from({ length: 100 }, (_, index) => 100 - index), 0.95, 95],
])('of %j at %d it is %d', (values, share, expected) => {
  expect(percentile(values, share)).toBe(expected);
});

test('of nothing there is none', () => {
  expect(() => percentile([], 0.5)).toThrow('no values');
});
