import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fifo } from './fifo.ts';

test('what goes in first comes out first, and nothing is lost', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(200), fc.nat(200)), { maxLength: 20 }), (steps) => {
      const fifo = new Fifo<number>();
      const model: number[] = [];
      let next = 0;
      for (const [pushes, shifts] of steps) {
        for (let count = 0; count < pushes; count += 1) {
          fifo.push(next);
          model.push(next);
          next += 1;
        }
        for (let count = 0; count < shifts; count += 1) {
          expect(fifo.first).toBe(model[0]);
          expect(fifo.shift()).toBe(model.shift());
        }
        expect(fifo.length).toBe(model.length);
      }
    }),
  );
});
