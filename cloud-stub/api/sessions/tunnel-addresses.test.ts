import { isInNetwork } from '@edgegateway/protocol/ipv4';
import { TUNNEL_NETWORK, tunnelAddress } from '@edgegateway/protocol/wire-values';
import { expect, test } from 'vitest';
import { freeTunnelAddress, isAddressFine } from './tunnel-addresses.ts';

const EMPTY = { network: TUNNEL_NETWORK, taken: new Set<string>(), occupied: [] };

test('assigned addresses differ, lie in 100.64.0.0/10 and never meet those of the other kind', () => {
  const taken = new Set<string>();
  for (const owner of ['gateway', 'client'] as const) {
    for (let count = 0; count < 600; count += 1) {
      const address = freeTunnelAddress(owner, { ...EMPTY, taken });
      expect(tunnelAddress.safeParse(address).success).toBe(true);
      expect(taken.has(address ?? '')).toBe(false);
      taken.add(address ?? '');
    }
  }
  expect(taken.size).toBe(1200);
});

test('an address that was given back is assigned again', () => {
  expect(freeTunnelAddress('client', { ...EMPTY, taken: new Set(['100.96.0.2']) })).toBe('100.96.0.1');
});

test('K03: all addresses come out of the network that is configured, and none when that is used up', () => {
  const network = '100.80.16.0/24';
  const all = (['gateway', 'client', 'device'] as const).map((owner) => {
    const taken = new Set<string>();
    for (;;) {
      const address = freeTunnelAddress(owner, { ...EMPTY, network, taken });
      if (address === null) return taken.size;
      expect(isInNetwork(address, network)).toBe(true);
      taken.add(address);
    }
  });
  expect(all).toEqual([127, 64, 63]);
});

test("K03: no address of a carrier's network is taken, where there are others", () => {
  const occupied = ['100.64.0.1/32', '100.64.0.0/16', '100.96.0.0/24'];
  expect(freeTunnelAddress('gateway', { ...EMPTY, occupied })).toBe('100.65.0.1');
  expect(freeTunnelAddress('client', { ...EMPTY, occupied })).toBe('100.96.1.1');
});

test('K03: in a carrier’s network that is the whole range, none of its single addresses is taken', () => {
  const occupied = ['100.64.0.1/32', '100.64.0.2/32', '100.127.1.9/32', '100.64.0.0/10'];
  expect(freeTunnelAddress('gateway', { ...EMPTY, occupied })).toBe('100.64.0.3');
});

test('K03: an address is given up for what it means elsewhere, or because it is outside of the configured network', () => {
  expect(isAddressFine('100.64.0.1', EMPTY)).toBe(true);
  expect(isAddressFine('100.64.0.1', { ...EMPTY, occupied: ['100.64.0.0/16'] })).toBe(false);
  expect(isAddressFine('100.64.0.1', { ...EMPTY, network: '100.80.0.0/16' })).toBe(false);
});
