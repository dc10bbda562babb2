import { expect, test } from 'vitest';
import { ipv4Number, ipv4Range, ipv4Text, isInNetwork, networksMeet } from './ipv4.ts';

test.each(['0.0.0.0', '100.64.0.1', '192.168.250.10', '255.255.255.255'])(
  '%s is the same after reckoning',
  (address) => {
    expect(ipv4Text(ipv4Number(address))).toBe(address);
  },
);

test('a network reaches from its first to its last address, whichever of its addresses names it', () => {
  expect(ipv4Range('192.168.1.7/24')).toEqual({ first: ipv4Number('192.168.1.0'), last: ipv4Number('192.168.1.255') });
  expect(ipv4Range('100.64.0.1/32')).toEqual({ first: ipv4Number('100.64.0.1'), last: ipv4Number('100.64.0.1') });
  expect(ipv4Range('0.0.0.0/0')).toEqual({ first: 0, last: 2 ** 32 - 1 });
});

test.each([
  ['100.64.5.1', '100.64.5.0/24', true],
  ['100.64.6.0', '100.64.5.0/24', false],
  ['100.127.255.255', '100.64.0.0/10', true],
  ['100.128.0.0', '100.64.0.0/10', false],
])('%s in %s: %s', (address, network, isIn) => {
  expect(isInNetwork(address, network)).toBe(isIn);
});

test.each([
  ['100.64.0.0/10', '100.64.5.0/24', true],
  ['100.64.5.9/32', '100.64.5.0/24', true],
  ['100.64.4.0/24', '100.64.5.0/24', false],
])('%s and %s meet: %s', (one, other, meet) => {
  expect([networksMeet(one, other), networksMeet(other, one)]).toEqual([meet, meet]);
});
