import { expect, test } from 'vitest';
import { momentOfPacket } from './time-of-day.ts';

const noon = new Date(2026, 5, 1, 12).getTime();
const midnight = new Date(2026, 5, 2).getTime();

test('the time of a packet is that of the day it is read on', () => {
  expect(momentOfPacket('12:00:01.250000 IP 1.2.3.4 > 5.6.7.8: ICMP', noon)).toBeCloseTo(noon + 1250, 3);
});

test('a packet just before midnight, read just after it, is of the day before', () => {
  expect(momentOfPacket('23:59:59.000000 IP', midnight + 500)).toBeCloseTo(midnight - 1000, 3);
  expect(momentOfPacket('00:00:01.000000 IP', midnight - 500)).toBeCloseTo(midnight + 1000, 3);
});

test('a line without a time is refused', () => {
  expect(() => momentOfPacket('listening on eth0', noon)).toThrow(/no time/);
});
