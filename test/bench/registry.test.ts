import { expect, test } from 'vitest';
import type { Bench } from './bench.ts';
import { BENCHES, benchesNamed } from './registry.ts';

const bench = (name: string): Bench => ({ name, run: async () => [] });
const KNOWN = ['stun', 'relay', 'start'].map(bench);

test('no two benchmarks share a name', () => {
  expect(new Set(BENCHES.map(({ name }) => name)).size).toBe(BENCHES.length);
});

test('without names all run, otherwise those that are named, in their order', () => {
  expect(benchesNamed([], KNOWN)).toEqual(KNOWN);
  expect(benchesNamed(['start', 'stun'], KNOWN).map(({ name }) => name)).toEqual(['stun', 'start']);
});

test('an unknown name is told together with those that are known', () => {
  expect(() => benchesNamed(['relay', 'stum'], KNOWN)).toThrow('Unknown benchmark: stum. Known: stun, relay, start.');
});
