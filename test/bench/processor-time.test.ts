import { pid } from 'node:process';
import { expect, test } from 'vitest';
import { parseProcessorTime, processorTimeOf } from './processor-time.ts';

test('user and kernel time are summed, whatever the program is called', () => {
  const stat = '42 (a ) S 1 (b) S 1 42 42 0 -1 4194560 900 0 0 0 150 25 0 0 20 0 11 0 5000 0 0';
  expect(parseProcessorTime(stat)).toBe(1.75);
});

test('what is not such a file is refused', () => {
  expect(() => parseProcessorTime('')).toThrow(/not the content/);
});

test('this process has used some', async () => {
  expect(await processorTimeOf(pid)).toBeGreaterThan(0);
});
