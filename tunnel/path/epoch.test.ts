import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isLaterEpoch, nextEpoch } from './epoch.ts';

test('the next 127 epochs are later, those before are not, round and round', () => {
  fc.assert(
    fc.property(fc.nat(255), fc.integer({ min: 1, max: 127 }), (epoch, steps) => {
      let later = epoch;
      for (let step = 0; step < steps; step += 1) later = nextEpoch(later);
      expect(isLaterEpoch(later, epoch)).toBe(true);
      expect(isLaterEpoch(epoch, later)).toBe(false);
      expect(isLaterEpoch(epoch, epoch)).toBe(false);
    }),
  );
});
