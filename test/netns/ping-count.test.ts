import { expect, test } from 'vitest';
import { countPings } from './ping-count.ts';

const answers = (...numbers: number[]) => [
  'PING 10.99.1.1 (10.99.1.1) 56(84) bytes of data.',
  ...numbers.map((number) => `64 bytes from 10.99.1.1: icmp_seq=${number} ttl=64 time=1.2 ms`),
];

test('what was answered from the first to the last is sent, and nothing of it lost', () => {
  expect(countPings(answers(3, 4, 5))).toEqual({ sent: 3, lost: 0, twice: 0, longestRun: 0 });
});

test('lost ones are counted, and the longest run of them', () => {
  expect(countPings(answers(1, 3, 7, 8))).toEqual({ sent: 8, lost: 4, twice: 0, longestRun: 3 });
});

test('answers in another order are no loss, and those that came again are told', () => {
  expect(countPings(answers(1, 3, 2, 4, 3))).toEqual({ sent: 4, lost: 0, twice: 1, longestRun: 0 });
});

test('without an answer there is nothing to count', () => {
  expect(countPings(answers())).toEqual({ sent: 0, lost: 0, twice: 0, longestRun: 0 });
});
