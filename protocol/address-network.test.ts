import { expect, test } from 'vitest';
import { networkOf } from './address-network.ts';

test.each([
  ['2001:db8:1:2::1', '2001:db8:1:2:aaaa:bbbb:cccc:dddd'],
  // As sockets write them: the longest run of zeros is left out.
  ['2001:db8::1', '2001:db8::2'],
  ['2001:db8::1', '2001:db8:0:0:5::'],
  ['2001:DB8::1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::2%eth1'],
  ['::1', '::'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
])('K68: %s and %s are one host', (one, other) => {
  expect(networkOf(one)).toBe(networkOf(other));
});

test.each([
  ['2001:db8:1:2::1', '2001:db8:1:3::1'],
  ['2001:db8:0:1::1', '2001:db8::1'],
  ['192.0.2.1', '192.0.2.2'],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.2'],
])('K68: %s and %s are two hosts', (one, other) => {
  expect(networkOf(one)).not.toBe(networkOf(other));
});
