import { expect, test } from 'vitest';
import { largestGap, momentsOfAnswers } from './largest-gap.ts';

test.each([
  [[], 0],
  [[5], 0],
  [[1, 2, 9, 10], 7],
])('the largest gap in %j is %d', (moments, gap) => {
  expect(largestGap(moments)).toBe(gap);
});

test('only answers count, each at its own time', () => {
  const lines = [
    'PING 100.64.0.1 (100.64.0.1) 56(84) bytes of data.',
    '[1700000000.250000] 64 bytes from 100.64.0.1: icmp_seq=1 ttl=64 time=1.2 ms',
    '[1700000000.260000] no answer yet for icmp_seq=2',
    '[1700000000.500000] 64 bytes from 100.64.0.1: icmp_seq=3 ttl=64 time=1.1 ms',
  ];
  expect(momentsOfAnswers(lines)).toEqual([1_700_000_000.25, 1_700_000_000.5]);
});
