import {
  decodeRelayFrame,
  encodeRelayFrame,
  RELAY_FRAME_MAX_BYTES,
  type RelayFrame,
  RelayFrameError,
} from '@edgegateway/protocol/relay-frame';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { channelOfFrame, checkRelayedFrame, typeOfFrame } from './relayed-frame.ts';
import { WRONG_FRAMES } from './testing.ts';

const frame: fc.Arbitrary<RelayFrame> = fc.record({
  type: fc.constantFrom('wireguard', 'signal'),
  epoch: fc.nat(255),
  channel: fc.nat(65_535),
  packets: fc.array(fc.uint8Array({ minLength: 1, maxLength: 600 }), { minLength: 1, maxLength: 8 }),
});

function problemOf(read: () => unknown): string | null {
  try {
    read();
    return null;
  } catch (error) {
    if (error instanceof RelayFrameError) return error.message;
    throw error;
  }
}

test('T4: the relay reads of a frame what its sender wrote', () => {
  fc.assert(
    fc.property(frame, (sent) => {
      const message = encodeRelayFrame(sent);
      expect(checkRelayedFrame(message)).toBe(sent.packets.length);
      expect(typeOfFrame(message)).toBe(sent.type);
      expect(channelOfFrame(message)).toBe(sent.channel);
    }),
  );
});

test('T4: the relay refuses exactly the messages that an end refuses, for the same reason', () => {
  const spoilt = fc
    .tuple(frame, fc.nat(12), fc.nat(255), fc.integer({ min: -3, max: 3 }))
    .map(([whole, at, value, grown]) => {
      const message = encodeRelayFrame(whole);
      const other = new Uint8Array(Math.max(message.length + grown, 0));
      other.set(message.subarray(0, other.length));
      other[at] = value;
      return other;
    });
  const garbage = fc.uint8Array({ maxLength: 40 });
  const typed = garbage.map((bytes) => Uint8Array.of(1, 0, 0, 0, 0, ...bytes));
  const tooLong = fc.constant(new Uint8Array(RELAY_FRAME_MAX_BYTES + 1).fill(1));
  fc.assert(
    fc.property(fc.oneof(spoilt, garbage, typed, tooLong), (message) => {
      expect(problemOf(() => checkRelayedFrame(message))).toBe(problemOf(() => decodeRelayFrame(message)));
    }),
    { numRuns: 2000 },
  );
});

test.each(WRONG_FRAMES)('K67: a frame with %s is refused by the relay and by an end', (_what, message) => {
  expect(() => checkRelayedFrame(message)).toThrow(RelayFrameError);
  expect(() => decodeRelayFrame(message)).toThrow(RelayFrameError);
});
