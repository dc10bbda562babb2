import { expect, test } from 'vitest';
import { inspectCapture } from './captured-packets.ts';

const MARKER = Buffer.from('marker');

/** From 192.0.2.1 port 1 to 192.0.2.2 port 2, with a correct checksum unless told otherwise. */
function ipv4Udp(payload: Buffer, checksum?: number): Buffer {
  const udpBytes = 8 + payload.length;
  const packet = Buffer.concat([Buffer.alloc(28), payload]);
  packet[0] = 0x45;
  packet.writeUInt16BE(packet.length, 2);
  packet[9] = 17;
  Buffer.from([192, 0, 2, 1, 192, 0, 2, 2]).copy(packet, 12);
  packet.writeUInt16BE(1, 20);
  packet.writeUInt16BE(2, 22);
  packet.writeUInt16BE(udpBytes, 24);
  packet.writeUInt16BE(checksum ?? checksumOf(packet.subarray(12), 17 + udpBytes), 26);
  return packet;
}

/** RFC 1071. */
function checksumOf(bytes: Buffer, start: number): number {
  const even = bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)]);
  let sum = start;
  for (let at = 0; at < even.length; at += 2) sum += even.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function captureOf(...packets: Buffer[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt32LE(276, 20);
  const records = packets.flatMap((packet) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(20 + packet.length, 8);
    const link = Buffer.alloc(20);
    link.writeUInt16BE(0x0800, 0);
    return [record, link, packet];
  });
  return Buffer.concat([header, ...records]);
}

test('a correct checksum, and none at all, are good', () => {
  const file = captureOf(ipv4Udp(Buffer.from('even')), ipv4Udp(Buffer.from('odd')), ipv4Udp(Buffer.from('none'), 0));
  expect(inspectCapture(file, MARKER)).toMatchObject({ packets: 3, udpPackets: 3, badChecksums: [] });
});

test('a wrong checksum is told with its source and destination', () => {
  const { badChecksums } = inspectCapture(captureOf(ipv4Udp(Buffer.from('bad'), 0x1234)), MARKER);
  expect(badChecksums).toEqual(['192.0.2.1 > 192.0.2.2']);
});

test('a marker in clear is found', () => {
  expect(inspectCapture(captureOf(ipv4Udp(Buffer.from('a marker, a marker'))), MARKER).inClear).toBe(2);
});

test('WireGuard data is counted by source and destination, handshakes and STUN are not', () => {
  const data = Buffer.from('0400000001020304', 'hex');
  const initiation = Buffer.from('0100000001020304', 'hex');
  const binding = Buffer.from('000100002112a442', 'hex');
  const { wireguardData } = inspectCapture(
    captureOf(...[data, initiation, binding].map((payload) => ipv4Udp(payload))),
    MARKER,
  );
  expect([...wireguardData]).toEqual([['192.0.2.1 > 192.0.2.2', 1]]);
});

test('a file of another kind is refused', () => {
  expect(() => inspectCapture(Buffer.alloc(100), MARKER)).toThrow(/not a capture/);
});
