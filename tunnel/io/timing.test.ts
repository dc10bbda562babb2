import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeldInitiation } from './held-initiation.ts';
import { reconnectDelay } from './reconnect-delay.ts';
import { SleepDetector } from './sleep-detector.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('T5: the wait for the next attempt grows, stays below 15 seconds, and is never nothing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), random, (failures, chance) => {
      const delay = reconnectDelay(failures, chance);
      expect(delay).toBeGreaterThanOrEqual(250);
      expect(delay).toBeLessThanOrEqual(15_000);
      expect(reconnectDelay(failures + 1, chance)).toBeGreaterThanOrEqual(delay);
    }),
  );
});

const initiation = Uint8Array.from({ length: 148 }, (_, index) => (index === 0 ? 1 : 0));

test('the last handshake initiation is kept for five seconds, and given once', () => {
  const held = new HeldInitiation();
  held.hold([Uint8Array.of(4, 0), initiation], 1000);
  expect(held.take(5999)).toBe(initiation);
  expect(held.take(5999)).toBeNull();
  held.hold([initiation], 1000);
  expect(held.take(6000)).toBeNull();
});

test('other packets are not kept', () => {
  const held = new HeldInitiation();
  held.hold([Uint8Array.of(4), new Uint8Array(148)], 0);
  expect(held.take(0)).toBeNull();
});

test('T5: sleep is noticed by a wall clock that went on without the other one, once', () => {
  let wall = 0;
  let monotonic = 0;
  const detector = new SleepDetector(
    () => wall,
    () => monotonic,
  );
  [wall, monotonic] = [60_000, 60_000];
  expect(detector.hasSlept()).toBe(false);
  [wall, monotonic] = [160_000, 61_000];
  expect(detector.hasSlept()).toBe(true);
  expect(detector.hasSlept()).toBe(false);
});
