import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

test('T4: a burst passes at once, then the rate', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0);
  expect([0, 0, 0, 0].map((now) => bucket.take(now))).toEqual([true, true, true, false]);
  expect([99, 100, 101].map((now) => bucket.take(now))).toEqual([false, true, false]);
});

test('T4: no pattern lets more through than burst and rate allow', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(400), { maxLength: 200 }), (waits) => {
      const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0);
      let now = 0;
      let passed = 0;
      for (const wait of waits) {
        now += wait;
        if (bucket.take(now)) passed += 1;
      }
      expect(passed).toBeLessThanOrEqual(3 + (now / 1000) * 10);
    }),
  );
});

test('T4: a burst of bytes is taken whole or not at all', () => {
  const bucket = new TokenBucket({ perSecond: 1000, burst: 1000 }, 0);
  expect([600, 600, 400].map((amount) => bucket.take(0, amount))).toEqual([true, false, true]);
  expect(bucket.isFull(999)).toBe(false);
  expect(bucket.isFull(1000)).toBe(true);
});
