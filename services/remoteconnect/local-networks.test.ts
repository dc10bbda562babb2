import type { NetworkInterfaceInfo } from 'node:os';
import { ipv4Network } from '@edgegateway/protocol/wire-values';
import { describe, expect, it } from 'vitest';
import { localNetworks } from './local-networks.ts';

function address(cidr: string): NetworkInterfaceInfo {
  return { address: cidr.split('/')[0] ?? '', netmask: '', family: 'IPv4', mac: '', internal: false, cidr };
}

describe('the local networks', () => {
  it.each([
    ['192.168.250.1/24', '192.168.250.0/24'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['172.16.37.200/20', '172.16.32.0/20'],
    ['192.168.1.7/32', '192.168.1.7/32'],
    ['1.2.3.4/0', '0.0.0.0/0'],
  ])('of %s are %s', (cidr, network) => {
    expect(localNetworks({ lan0: [address(cidr)] }, 'lan0')).toEqual([ipv4Network.parse(network)]);
  });

  it('are those of the plant interface only, each once', () => {
    const interfaces = {
      lan0: [address('192.168.250.1/24'), address('192.168.250.2/24')],
      wan0: [address('10.0.0.2/24')],
    };
    expect(localNetworks(interfaces, 'lan0')).toEqual(['192.168.250.0/24']);
  });

  it('are none while the interface is missing', () => {
    expect(localNetworks({}, 'lan0')).toEqual([]);
  });
});
