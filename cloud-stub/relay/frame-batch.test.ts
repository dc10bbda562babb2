import { expect, test } from 'vitest';
import { FrameBatch } from './frame-batch.ts';

test.each([
  [1, '8201'],
  [125, '827d'],
  [126, '827e007e'],
  [65_535, '827effff'],
  [65_536, '827f0000000000010000'],
])('T4: a message of %i bytes gets the header %s', (length, header) => {
  const batch = new FrameBatch();
  const message = new Uint8Array(length).fill(7);
  batch.add(message);
  const frame = batch.take();
  expect(frame.subarray(0, -length).toString('hex')).toBe(header);
  expect(frame.subarray(-length)).toEqual(Buffer.from(message));
});

test('T4: messages leave in their order, once', () => {
  const batch = new FrameBatch();
  batch.add(Uint8Array.of(1, 2));
  batch.add(Uint8Array.of(3));
  expect(batch.bytes).toBe(7);
  expect(batch.take().toString('hex')).toBe('82020102820103');
  expect(batch.bytes).toBe(0);
  expect(batch.take()).toHaveLength(0);
});
