import { expect, test } from 'vitest';
import { LOST_AFTER, StreamCount } from './stream-count.ts';

function streamOf(sent: number): StreamCount {
  const count = new StreamCount();
  for (let sequence = 0; sequence < sent; sequence++) count.sent(sequence);
  return count;
}

/** Ends the window and gives its report, when every answer that may still come has had its time. */
function finalReport(count: StreamCount, now: number) {
  const window = count.close(now);
  return window === null ? null : count.report(window, now + LOST_AFTER);
}

const CLEAN = { lost: 0, lostRange: null, duplicates: 0, reordered: 0 };

test('a stream whose packets are all answered has no loss', () => {
  const count = streamOf(3);
  for (const [sequence, now] of [0, 20, 50].entries()) count.received(sequence, now);
  expect(finalReport(count, 60)).toEqual({ ...CLEAN, sent: 3, largestGapMs: 30 });
});

test('what was sent before the first answered packet is not counted', () => {
  const count = streamOf(5);
  count.received(3, 100);
  count.received(4, 120);
  count.received(2, 125);
  expect(finalReport(count, 125)).toEqual({ ...CLEAN, sent: 2, largestGapMs: 20 });
});

test('a stream without any answer has no report', () => {
  expect(finalReport(streamOf(5), 1000)).toBeNull();
});

test('a second answer is a duplicate, an overtaken one is reordered', () => {
  const count = streamOf(3);
  for (const sequence of [0, 2, 1, 1]) count.received(sequence, 0);
  expect(finalReport(count, 0)).toMatchObject({ sent: 3, lost: 0, duplicates: 1, reordered: 1 });
});

test('an answer of a packet that was never sent counts for nothing', () => {
  const count = streamOf(1);
  count.received(7, 0);
  expect(finalReport(count, 0)).toBeNull();
});

test('a window waits for late answers and then counts them as lost', () => {
  const count = streamOf(2);
  count.received(0, 0);
  const window = count.close(100);
  if (window === null) throw new Error('no window');
  expect(count.report(window, 100 + LOST_AFTER - 1)).toBeNull();
  expect(count.report(window, 100 + LOST_AFTER)).toMatchObject({ sent: 2, lost: 1 });
  count.received(1, 200);
  expect(count.report(window, 200)).toMatchObject({ sent: 2, lost: 0 });
});

test('a packet belongs to the window that it was sent in', () => {
  const count = streamOf(2);
  count.received(0, 0);
  count.received(1, 10);
  count.close(10);
  for (const sequence of [2, 3]) count.sent(sequence);
  count.received(3, 500);
  expect(finalReport(count, 500)).toEqual({ ...CLEAN, sent: 2, lost: 1, lostRange: [0, 0], largestGapMs: 490 });
});
