import { expect, test } from 'vitest';
import { newReport } from '../testing/values.ts';
import { inTheWay, neededByClients } from './occupied-addresses.ts';

const RELAY = {
  name: 'relay0.c-us',
  region: 'c-us',
  host: 'relay.example',
  port: 443,
  address: '203.0.113.20',
} as const;
const NEEDED = neededByClients({
  web: { host: '203.0.113.12', port: 443, address: '0.0.0.0' },
  relays: [RELAY, { ...RELAY, name: 'relay1.c-us', address: '127.0.0.1' }],
  stunServers: [{ ...RELAY, name: 'stun0.c-us', address: '2001:db8::30' }],
  tunnelNetwork: '100.64.0.0/10',
  secondFactor: 'administrators',
});
const REPORT = newReport({ occupied: ['192.168.1.1/32', '192.168.1.0/24'] });
const unmapped = (address: string) => ({ address, reachedAs: address });

test('K04: clients need the IPv4 addresses at which the cloud and its servers are reached from elsewhere', () => {
  expect(NEEDED).toEqual([
    { what: 'the cloud', address: '203.0.113.12' },
    { what: 'the relay relay0.c-us', address: '203.0.113.20' },
  ]);
});

test('K04: the address of a relay is in the way, unless the device is mapped to another one', () => {
  expect(inTheWay(unmapped('203.0.113.20'), REPORT, NEEDED)).toEqual({
    address: '203.0.113.20',
    sentence: '203.0.113.20 is the address of the relay relay0.c-us',
  });
  expect(inTheWay({ address: '203.0.113.20', reachedAs: '100.112.0.1' }, REPORT, NEEDED)).toBeNull();
  expect(inTheWay({ address: '192.168.250.10', reachedAs: '203.0.113.20' }, REPORT, NEEDED)).not.toBeNull();
});

test('K04: what the gateway has on its WAN side is in the way, mapped or not, and its neighbours there are not', () => {
  expect(inTheWay(unmapped('192.168.1.1'), REPORT, NEEDED)?.sentence).toMatch(
    /^192\.168\.1\.1 is used on the WAN side/,
  );
  expect(inTheWay({ address: '192.168.1.1', reachedAs: '100.112.0.1' }, REPORT, NEEDED)).not.toBeNull();
  expect(inTheWay(unmapped('192.168.1.9'), REPORT, NEEDED)).toBeNull();
  expect(inTheWay(unmapped('192.168.1.1'), null, NEEDED)).toBeNull();
});
