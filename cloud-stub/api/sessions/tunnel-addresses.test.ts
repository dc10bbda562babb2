import { tunnelAddress } from '@edgegateway/protocol/wire-values';
import { expect, test } from 'vitest';
import { freeTunnelAddress } from './tunnel-addresses.ts';

test('assigned addresses differ, lie in 100.64.0.0/10 and never meet those of the other kind', () => {
  const taken = new Set<string>();
  for (const owner of ['gateway', 'client'] as const) {
    for (let count = 0; count < 600; count += 1) {
      const address = freeTunnelAddress(owner, taken);
      expect(tunnelAddress.safeParse(address).success).toBe(true);
      expect(taken.has(address ?? '')).toBe(false);
      taken.add(address ?? '');
    }
  }
  expect(taken.size).toBe(1200);
});

test('an address that was given back is assigned again', () => {
  expect(freeTunnelAddress('client', new Set(['100.96.0.2']))).toBe('100.96.0.1');
});
