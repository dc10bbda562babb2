import { expect, test } from 'vitest';
import { AddressLimits } from './address-limits.ts';

const LIMITS = {
  connectionsOfOneAddress: 2,
  newConnectionsOfOneAddress: { perSecond: 1, burst: 2 },
  bytesOfOneAddress: { perSecond: 1000, burst: 1000 },
};

test('T4: an address that opens connections too fast is refused, and another is not', () => {
  const limits = new AddressLimits(LIMITS);
  expect([0, 0, 0].map((now) => limits.mayConnect('192.0.2.1', now))).toEqual([true, true, false]);
  expect(limits.mayConnect('192.0.2.2', 0)).toBe(true);
  expect(limits.mayConnect('192.0.2.1', 1000)).toBe(true);
});

test('T4: an address has no more connections than the limit, until some have left', () => {
  const limits = new AddressLimits(LIMITS);
  const first = limits.joined('192.0.2.1', 0);
  expect(
    [first, limits.joined('192.0.2.1', 0), limits.joined('192.0.2.1', 0)].map(({ isTooMany }) => isTooMany),
  ).toEqual([false, false, true]);
  limits.left(first.share);
  limits.left(first.share);
  expect(limits.joined('192.0.2.1', 0).isTooMany).toBe(false);
});

test.each([
  ['2001:db8:1:2::1', '2001:db8:1:2:aaaa:bbbb:cccc:dddd', true],
  ['2001:db8::1', '2001:db8:0:0:5::', true],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ['2001:db8:0:1::1', '2001:db8::1', false],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
])('T4: %s and %s share what one host may do: %s', (one, other, isShared) => {
  const limits = new AddressLimits(LIMITS);
  expect(limits.joined(one, 0).share === limits.joined(other, 0).share).toBe(isShared);
});

test('T4: an address is forgotten only when nothing is left to count', () => {
  const limits = new AddressLimits(LIMITS);
  const { share } = limits.joined('192.0.2.1', 0);
  limits.forgetIdle(0);
  expect(limits.size).toBe(1);
  share.bytes.take(0, 500);
  limits.left(share);
  limits.forgetIdle(0);
  expect(limits.size).toBe(1);
  limits.forgetIdle(1000);
  expect(limits.size).toBe(0);
});
