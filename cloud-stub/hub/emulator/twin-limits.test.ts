import { expect, test } from 'vitest';
import { fitsTwin, twinProblem } from './twin-limits.ts';

const nested = (levels: number): Record<string, unknown> => (levels === 1 ? { a: 1 } : { a: nested(levels - 1) });

const ofBytes = (bytes: number) => ({ a: 'x'.repeat(bytes - '{"a":""}'.length) });

test.each([
  ['a key with a dot', { 'a.b': 1 }],
  ['a key with a dollar', { $version: 1 }],
  ['a key with a space', { 'a b': 1 }],
  ['a key with a control character', { 'a\u0085': 1 }],
  ['an empty key', { '': 1 }],
  ['a key of more than 1 KB', { ['k'.repeat(1025)]: 1 }],
  ['a string of more than 4 KB', { a: 'x'.repeat(4097) }],
  ['a string of more than 4 KB in UTF-8', { a: 'ü'.repeat(2049) }],
  ['an integer above 2^52 - 1', { a: 2 ** 52 }],
  ['an integer below -2^52', { a: -(2 ** 52) - 1 }],
  ['a wrong key in an array', { a: [{ 'b.c': 1 }] }],
  ['more than ten levels', nested(11)],
])('G6: a twin refuses %s', (_what, properties) => {
  expect(twinProblem(properties)).not.toBeNull();
});

test('G6: a twin takes what lies exactly at its limits', () => {
  const properties = { ['k'.repeat(1024)]: 'x'.repeat(4096), largest: 2 ** 52 - 1, smallest: -(2 ** 52), half: 0.5 };
  expect(twinProblem(properties)).toBeNull();
  expect(twinProblem(nested(10))).toBeNull();
});

test('G6: a half of a twin has at most 32 KB', () => {
  expect(fitsTwin(ofBytes(32 * 1024))).toBe(true);
  expect(fitsTwin(ofBytes(32 * 1024 + 1))).toBe(false);
});
