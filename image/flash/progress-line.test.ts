import { expect, test } from 'vitest';
import { progressLine } from './progress-line.ts';

test.each([
  [{ total: 100e6, done: 0, seconds: 0 }, 'writing: 0 %'],
  [{ total: 100e6, done: 25e6, seconds: 2 }, 'writing: 25 %, 12.5 MB/s, 6 s left'],
  [{ total: 10e9, done: 1e9, seconds: 10 }, 'writing: 10 %, 100.0 MB/s, 1 min 30 s left'],
  [{ total: 100e6, done: 100e6, seconds: 4 }, 'writing: 100 %, 25.0 MB/s, 0 s left'],
  [{ total: 0, done: 0, seconds: 0 }, 'writing: 100 %'],
])('%o is told as "%s"', (stage, line) => {
  expect(progressLine({ what: 'writing', ...stage })).toBe(line);
});
