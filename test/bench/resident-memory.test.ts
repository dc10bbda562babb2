import { pid } from 'node:process';
import { expect, test } from 'vitest';
import { parseResidentMemory, residentMemoryOf } from './resident-memory.ts';

test('kibibytes become megabytes', () => {
  expect(parseResidentMemory('Name:\tnode\nVmHWM:\t  200000 kB\nVmRSS:\t  100000 kB\nThreads:\t11\n')).toBe(102.4);
});

test('a process that has ended holds none', () => {
  expect(() => parseResidentMemory('Name:\tnode\nState:\tZ (zombie)\n')).toThrow(/has ended/);
});

test('this process holds some', async () => {
  expect(await residentMemoryOf(pid)).toBeGreaterThan(1);
});
