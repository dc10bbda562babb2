import { expect, test } from 'vitest';
import { nameServersOf, routersOf } from './way-out.ts';

test('K04: the routers of all default routes are found, each once, and no other routers', () => {
  const routes = [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                                  ',
    'eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0',
    'eth1\t00000000\t0100000A\t0003\t0\t0\t600\t00000000\t0\t0\t0',
    'eth2\t00000000\t0101A8C0\t0003\t0\t0\t700\t00000000\t0\t0\t0',
    'ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0',
    'eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0',
    'eth0\t00000A0A\tFE01A8C0\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0',
  ];
  expect(routersOf(`${routes.join('\n')}\n`)).toEqual(['192.168.1.1', '10.0.0.1']);
  expect(routersOf('')).toEqual([]);
});

test('K04: name servers are read, whatever else stands in resolv.conf', () => {
  const text =
    '# by hand\nnameserver 192.168.1.1\nnameserver\t10.0.0.53\nnameserver 2001:db8::53\nsearch plant.example\n';
  expect(nameServersOf(text)).toEqual(['192.168.1.1', '10.0.0.53']);
});
