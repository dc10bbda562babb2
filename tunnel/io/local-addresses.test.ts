import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { usableAddresses } from './local-addresses.ts';

function info(address: string, changes: Partial<Pick<NetworkInterfaceInfo, 'internal'>> = {}): NetworkInterfaceInfo {
  const rest = { address, netmask: '', mac: '00:00:00:00:00:00', internal: false, cidr: null, ...changes };
  return address.includes(':') ? { ...rest, family: 'IPv6', scopeid: 0 } : { ...rest, family: 'IPv4' };
}

test('T2: what others can reach is offered: no loopback, no link-local address, no excluded interface', () => {
  const interfaces = {
    lo: [info('127.0.0.1', { internal: true }), info('::1', { internal: true })],
    wan0: [info('198.51.100.7'), info('2001:db8::7'), info('fe80::1'), info('169.254.3.4')],
    rc0: [info('100.64.0.1')],
    lan0: [info('192.168.250.1')],
  };
  expect(usableAddresses(interfaces, ['rc0', 'lan0'])).toEqual([
    { family: 'IPv4', address: '198.51.100.7' },
    { family: 'IPv6', address: '2001:db8::7' },
  ]);
});
