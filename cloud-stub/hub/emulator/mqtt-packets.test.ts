import fc from 'fast-check';
import { generate, type Packet } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { ConnectionRefusal } from './errors.ts';
import { MqttPacketReader } from './mqtt-packets.ts';

const PING = Buffer.from([0xc0, 0x00]);

test('packets come out whole and in order, however their bytes arrive', () => {
  const topics = fc.array(fc.string({ minLength: 1, maxLength: 200 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(topics, fc.integer({ min: 1, max: 50 }), (names, size) => {
      const packets = names.map(
        (topic): Packet => ({ cmd: 'publish', topic, payload: topic, qos: 0, dup: false, retain: false }),
      );
      const bytes = Buffer.concat(packets.map((packet) => generate(packet)));
      const reader = new MqttPacketReader(10_000);
      const read: Packet[] = [];
      for (let at = 0; at < bytes.length; at += size) read.push(...reader.push(bytes.subarray(at, at + size)));
      expect(read.map((packet) => (packet.cmd === 'publish' ? packet.topic : null))).toEqual(names);
    }),
  );
});

test('a packet longer than the limit is refused before it has arrived', () => {
  const reader = new MqttPacketReader(127);
  expect(() => reader.push(Buffer.from([0x30, 0x80, 0x01]))).toThrow(ConnectionRefusal);
});

test('a length of more than four bytes is refused', () => {
  const reader = new MqttPacketReader(2 ** 30);
  expect(() => reader.push(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]))).toThrow(ConnectionRefusal);
});

test('any bytes give packets, or a refusal, or wait for more', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), (chunks) => {
      const reader = new MqttPacketReader(1000);
      try {
        for (const chunk of chunks) reader.push(Buffer.from(chunk));
      } catch (error) {
        expect(error).toBeInstanceOf(ConnectionRefusal);
      }
    }),
    { numRuns: 2000 },
  );
  expect(new MqttPacketReader(0).push(PING)).toMatchObject([{ cmd: 'pingreq' }]);
});
