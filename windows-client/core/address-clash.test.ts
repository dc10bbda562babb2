import { expect, test } from 'vitest';
import {
  IN_TUNNEL,
  ownNetworkClashes,
  requireFreeTunnelAddress,
  requireFreeWay,
  type Surroundings,
  tunnelAddressNotice,
} from './address-clash.ts';

const SURROUNDINGS: Surroundings = {
  needed: [
    { what: 'the cloud', addresses: ['203.0.113.12'] },
    { what: 'the relay relay0.c-us', addresses: ['203.0.113.20', '203.0.113.21'] },
    { what: 'the STUN server stun0.c-us', addresses: [] },
    { what: "this computer's name server", addresses: ['192.168.1.53'] },
    { what: "this computer's router", addresses: ['192.168.1.1'] },
  ],
  networks: [{ interfaceName: 'eth0', address: '192.168.1.7', cidr: '192.168.1.7/24' }],
};

test.each([
  ['203.0.113.12', 'the cloud'],
  ['203.0.113.21', 'the relay relay0.c-us'],
  ['192.168.1.53', "this computer's name server"],
  ['192.168.1.1', "this computer's router"],
])('K04, T5: %s cannot be released into the tunnel, because it is %s', (address, what) => {
  expect(() => requireFreeWay(['192.168.250.10', address], SURROUNDINGS)).toThrowError(
    expect.objectContaining({ code: 'address-in-the-way', message: expect.stringMatching(`${address} .* ${what}`) }),
  );
});

test('an address that the tunnel does not need is free', () => {
  expect(() => requireFreeWay(['192.168.250.10', '203.0.113.99'], SURROUNDINGS)).not.toThrow();
});

test("T7: a released address of the computer's own network is told, with what it means", () => {
  const [sentence, ...rest] = ownNetworkClashes(['192.168.250.10', '192.168.1.9'], SURROUNDINGS);
  expect(sentence).toMatch(/^192\.168\.1\.9 .*eth0, 192\.168\.1\.7\/24.* leads to the plant/);
  expect(rest).toEqual([]);
});

test("T7: the computer's own address is told as one that is not reached", () => {
  expect(ownNetworkClashes(['192.168.1.7'], SURROUNDINGS)).toEqual([expect.stringContaining('is not reached')]);
});

test('a network of one address, such as that of another tunnel, clashes with that address only', () => {
  const tunnel = { interfaceName: 'wg0', address: '192.168.250.9', cidr: '192.168.250.9/32' };
  expect(ownNetworkClashes(['192.168.250.10'], { needed: [], networks: [tunnel] })).toEqual([]);
});

const CARRIER: Surroundings = {
  needed: [
    { what: "this computer's router", addresses: ['100.64.0.1'] },
    { what: IN_TUNNEL, addresses: ['100.96.0.1'] },
  ],
  networks: [
    { interfaceName: 'eth0', address: '100.64.5.7', cidr: '100.64.5.7/24' },
    { interfaceName: 'rc0', address: '100.96.0.1', cidr: '100.96.0.1/32' },
  ],
};

test.each([
  ['100.64.0.1', "this computer's router"],
  ['100.64.5.7', 'this computer itself (eth0)'],
])('K03: %s is no address for the tunnel, because it is that of %s', (address, what) => {
  expect(() => requireFreeTunnelAddress(address, CARRIER)).toThrowError(
    expect.objectContaining({
      code: 'tunnel-address-taken',
      message: expect.stringContaining(`${address}, the address in the tunnel, is that of ${what}.`),
    }),
  );
});

test("K03: the tunnel's own address at its own interface is no clash, and one in a carrier's network is told", () => {
  expect(() => requireFreeTunnelAddress('100.96.0.1', CARRIER)).not.toThrow();
  expect(tunnelAddressNotice('100.96.0.1', CARRIER)).toBeNull();
  expect(tunnelAddressNotice('100.64.5.99', CARRIER)).toMatch(
    /^100\.64\.5\.99, .*eth0, 100\.64\.5\.7\/24.* is not reached/,
  );
});
