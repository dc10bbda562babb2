import { expect, test } from 'vitest';
import { PressCounter } from './press.ts';

test('signals that arrive together are one press, and a later one is the next', () => {
  const counter = new PressCounter();
  expect([0, 20, 40, 5000].map((now) => counter.count(now))).toEqual([1, null, null, 2]);
});
