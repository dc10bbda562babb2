import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { ForwardQueue, MAX_WAITING_CONTROL } from './forward-queue.ts';

const BOUNDS = { queueTime: 50, queueBytes: 100 };
let dropped: string[] = [];
let waited: number[] = [];
const observer = {
  dropped: (reason: string) => dropped.push(reason),
  waited: (milliseconds: number) => waited.push(milliseconds),
};

beforeEach(() => {
  [dropped, waited] = [[], []];
});

const packet = (mark: number, size = 10) => new Uint8Array(size).fill(mark);

test('T4: control is sent before packets that came earlier', () => {
  const queue = new ForwardQueue(BOUNDS, observer);
  queue.pushPackets(packet(1), 0);
  queue.pushControl('presence');
  expect([queue.take(0), queue.take(0), queue.take(0)]).toEqual(['presence', packet(1), null]);
});

test('T4: a packet older than the bound is dropped, oldest first', () => {
  const queue = new ForwardQueue(BOUNDS, observer);
  queue.pushPackets(packet(1), 0);
  queue.pushPackets(packet(2), 30);
  expect(queue.take(51)).toEqual(packet(2));
  expect(queue.dropped).toBe(1);
  expect([dropped, waited]).toEqual([['queue-time'], [21]]);
});

test('T4: when the bytes exceed the bound, the oldest packets make room', () => {
  const queue = new ForwardQueue(BOUNDS, observer);
  for (let mark = 1; mark <= 12; mark += 1) queue.pushPackets(packet(mark), 0);
  expect(queue.take(0)).toEqual(packet(3));
  expect(dropped).toEqual(['queue-bytes', 'queue-bytes']);
});

test('T4: control is never dropped, and a receiver that reads none of it is told apart', () => {
  const queue = new ForwardQueue(BOUNDS, observer);
  for (let count = 0; count < MAX_WAITING_CONTROL; count += 1) expect(queue.pushControl(`${count}`)).toBe(true);
  expect(queue.pushControl('one more')).toBe(false);
  expect(queue.take(1_000_000)).toBe('0');
});

test('T4: whatever happens, packets leave in order, no older and in no more bytes than the bounds allow', () => {
  const step = fc.record({ wait: fc.nat(40), size: fc.integer({ min: 1, max: 60 }), takes: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new ForwardQueue(BOUNDS, observer);
      const pushedAt = new Map<Uint8Array, number>();
      const order: Uint8Array[] = [];
      let now = 0;
      let lastIndex = -1;
      let taken = 0;
      for (const { wait, size, takes } of steps) {
        now += wait;
        const message = packet(0, size);
        pushedAt.set(message, now);
        order.push(message);
        queue.pushPackets(message, now);
        for (let take = 0; take < takes; take += 1) {
          const out = queue.take(now);
          if (out === null) break;
          if (typeof out === 'string') throw new Error('no control was pushed');
          taken += 1;
          expect(now - (pushedAt.get(out) ?? -Infinity)).toBeLessThanOrEqual(BOUNDS.queueTime);
          expect(order.indexOf(out)).toBeGreaterThan(lastIndex);
          lastIndex = order.indexOf(out);
        }
      }
      let bytesLeft = 0;
      let left = 0;
      for (let out = queue.take(now); out !== null; out = queue.take(now)) {
        bytesLeft += out.length;
        left += 1;
      }
      expect(bytesLeft).toBeLessThanOrEqual(BOUNDS.queueBytes);
      expect(taken + left + queue.dropped).toBe(steps.length);
    }),
  );
});
