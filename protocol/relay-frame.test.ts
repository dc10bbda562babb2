import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeRelayFrame,
  encodeRelayFrame,
  RELAY_FRAME_MAX_BYTES,
  type RelayFrame,
  RelayFrameError,
  rewriteChannel,
} from './relay-frame.ts';

const packet = fc.uint8Array({ minLength: 1, maxLength: 200 });
const frame: fc.Arbitrary<RelayFrame> = fc.record({
  type: fc.constantFrom('wireguard', 'signal'),
  epoch: fc.nat(255),
  channel: fc.nat(65_535),
  packets: fc.array(packet, { minLength: 1, maxLength: 8 }),
});

test('what is written is read again', () => {
  fc.assert(
    fc.property(frame, (given) => {
      expect(decodeRelayFrame(encodeRelayFrame(given))).toEqual(given);
    }),
  );
});

test('another channel changes nothing else', () => {
  fc.assert(
    fc.property(frame, fc.nat(65_535), (given, channel) => {
      const message = encodeRelayFrame(given);
      rewriteChannel(message, channel);
      expect(decodeRelayFrame(message)).toEqual({ ...given, channel });
    }),
  );
});

test('fuzz: any bytes are one whole frame, which is written the same again, or refused with the own error', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 60 }))
      .map(([type, rest]) => Uint8Array.of(type, ...rest)),
  );
  fc.assert(
    fc.property(bytes, (message) => {
      try {
        expect(encodeRelayFrame(decodeRelayFrame(message))).toEqual(message);
      } catch (error) {
        expect(error).toBeInstanceOf(RelayFrameError);
      }
    }),
    { numRuns: 1000 },
  );
});

test('fuzz: a frame that is cut short is refused, unless the cut lies between two packets', () => {
  fc.assert(
    fc.property(frame, fc.nat(), (given, cut) => {
      const message = encodeRelayFrame(given);
      const kept = message.subarray(0, cut % message.length);
      let end = 4;
      const ends = given.packets.map(({ length }) => (end += 2 + length));
      if (ends.includes(kept.length)) expect(decodeRelayFrame(kept).packets.length).toBeLessThan(given.packets.length);
      else expect(() => decodeRelayFrame(kept)).toThrow(RelayFrameError);
    }),
  );
});

test('fuzz: what lies around a frame in its buffer is never read', () => {
  fc.assert(
    fc.property(frame, fc.uint8Array({ maxLength: 9 }), (given, around) => {
      const message = encodeRelayFrame(given);
      const buffer = Uint8Array.from([...around, ...message, ...around]);
      expect(decodeRelayFrame(buffer.subarray(around.length, around.length + message.length))).toEqual(given);
    }),
  );
});

test.each<[string, RelayFrame]>([
  ['an epoch above 255', { type: 'wireguard', epoch: 256, channel: 0, packets: [Uint8Array.of(1)] }],
  ['a channel below 0', { type: 'wireguard', epoch: 0, channel: -1, packets: [Uint8Array.of(1)] }],
  ['no packet', { type: 'wireguard', epoch: 0, channel: 0, packets: [] }],
  ['an empty packet', { type: 'wireguard', epoch: 0, channel: 0, packets: [new Uint8Array()] }],
  ['too many bytes', { type: 'signal', epoch: 0, channel: 0, packets: [new Uint8Array(RELAY_FRAME_MAX_BYTES)] }],
])('a frame with %s is not written', (_, wrong) => {
  expect(() => encodeRelayFrame(wrong)).toThrow(RelayFrameError);
});

test('a message above the limit is refused', () => {
  expect(() => decodeRelayFrame(new Uint8Array(RELAY_FRAME_MAX_BYTES + 1))).toThrow(RelayFrameError);
});
