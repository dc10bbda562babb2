import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventLog } from './event-log.ts';

const detail = { kind: 'tunnel-connected', sessionId: '6f0a4f0c-58b9-4c2e-9c6f-0d8a6c1b2e3f', path: 'relay' } as const;

test('C7: events are numbered without gaps and offered once for each channel', () => {
  const log = new EventLog(() => 0);
  log.append(detail);
  log.append(detail);
  expect(log.nextBatch()?.events.map((event) => event.sequence)).toEqual([1, 2]);
  expect(log.nextBatch()).toBeNull();
  log.offerAgain();
  expect(log.nextBatch()?.events.map((event) => event.sequence)).toEqual([1, 2]);
});

test('an acknowledgement of another log removes nothing', () => {
  const log = new EventLog(() => 0);
  log.append(detail);
  log.acknowledge('00000000-0000-4000-8000-000000000000', 1);
  expect(log.pending).toBe(1);
});

test('C7: whatever is lost on the way, a receiver that remembers the last number gets every event once and in order', () => {
  const step = fc.oneof(
    fc.constant('append' as const),
    fc.constant('send' as const),
    fc.constant('send-and-lose-the-answer' as const),
    fc.constant('lose' as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const log = new EventLog(() => 0);
      const received: number[] = [];
      let appended = 0;
      const deliver = (isAnswered: boolean): void => {
        for (let batch = log.nextBatch(); batch !== null; batch = log.nextBatch()) {
          for (const event of batch.events) {
            if (event.sequence === (received.at(-1) ?? 0) + 1) received.push(event.sequence);
          }
          const last = batch.events.at(-1);
          if (isAnswered && last !== undefined) log.acknowledge(last.log, last.sequence);
        }
      };
      for (const name of steps) {
        switch (name) {
          case 'append':
            log.append(detail);
            appended += 1;
            break;
          case 'send':
            deliver(true);
            break;
          case 'send-and-lose-the-answer':
            deliver(false);
            log.offerAgain();
            break;
          case 'lose':
            log.nextBatch();
            log.offerAgain();
            break;
        }
      }
      log.offerAgain();
      deliver(true);
      expect(received).toEqual(Array.from({ length: appended }, (_, index) => index + 1));
      expect(log.pending).toBe(0);
    }),
  );
});
