import type { NetworkInterfaceInfo } from 'node:os';
import { occupiedNetworks } from '@edgegateway/protocol/wire-values';
import { expect, test } from 'vitest';
import { clashOf, occupiedBy, takenAddresses } from './taken-addresses.ts';
import { session } from './testing/desired.ts';

function address(cidr: string): NetworkInterfaceInfo {
  return { address: cidr.split('/')[0] ?? '', netmask: '', family: 'IPv4', mac: '', internal: false, cidr };
}

const TAKEN = takenAddresses(
  {
    lo: [{ ...address('127.0.0.1/8'), internal: true }],
    wan0: [address('100.64.5.7/24')],
    lan0: [address('192.168.250.1/24')],
    rc0: [address('100.64.0.1/32')],
  },
  { routers: ['100.64.5.1'], nameServers: ['100.64.5.53'] },
  { tunnelInterface: 'rc0', plantInterface: 'lan0' },
);
const TUNNEL_ADDRESS = '100.64.0.1';

test('K03, K04: the cloud is told what is taken outside of the plant, and not what is the tunnel or the plant', () => {
  expect(occupiedBy(TAKEN)).toEqual(['100.64.5.1/32', '100.64.5.53/32', '100.64.5.7/32', '100.64.5.0/24']);
  expect(occupiedNetworks.safeParse(occupiedBy(TAKEN)).success).toBe(true);
});

test.each([
  ['100.64.5.7', 'this gateway itself (wan0)'],
  ['100.64.5.1', "this gateway's router"],
  ['100.64.5.53', "this gateway's name server"],
])('K03, K04: neither a tunnel nor a release may have %s, which is the address of %s', (taken, what) => {
  expect(clashOf(session({ clientAddress: taken }), TUNNEL_ADDRESS, TAKEN)).toBe(
    `the tunnel's address ${taken} is the address of ${what}`,
  );
  expect(clashOf(session(), taken, TAKEN)).toBe(`the tunnel's address ${taken} is the address of ${what}`);
  expect(
    clashOf(session({ released: [{ address: '192.168.250.10' }, { address: taken }] }), TUNNEL_ADDRESS, TAKEN),
  ).toBe(`${taken} is released, and is the address of ${what}`);
});

test("A3: the gateway's own address at the plant may be released, but is no tunnel's", () => {
  expect(clashOf(session({ released: [{ address: '192.168.250.1' }] }), TUNNEL_ADDRESS, TAKEN)).toBeNull();
  expect(clashOf(session(), '192.168.250.1', TAKEN)).not.toBeNull();
});

test('K04: a name server of the plant’s own network is one of its machines: it may be released, but no tunnel may have its address', () => {
  const interfaces = { wan0: [address('10.0.0.7/24')], lan0: [address('192.168.250.1/24')] };
  const wayOut = { routers: ['10.0.0.1'], nameServers: ['192.168.250.53'] };
  const taken = takenAddresses(interfaces, wayOut, { tunnelInterface: 'rc0', plantInterface: 'lan0' });
  expect(occupiedBy(taken)).toEqual(['10.0.0.1/32', '10.0.0.7/32', '10.0.0.0/24']);
  expect(clashOf(session({ released: [{ address: '192.168.250.53' }] }), TUNNEL_ADDRESS, taken)).toBeNull();
  expect(clashOf(session(), '192.168.250.53', taken)).not.toBeNull();
});

test('K03: a neighbour in a carrier’s network of the same range is no reason to refuse', () => {
  expect(clashOf(session({ clientAddress: '100.64.5.99' }), '100.64.5.98', TAKEN)).toBeNull();
});
