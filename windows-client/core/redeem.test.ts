import { randomBytes, randomUUID } from 'node:crypto';
import type { ClientConfiguration } from '@edgegateway/protocol/client-api';
import { generateSeed, keyPairOf } from '@edgegateway/tunnel/key-encapsulation';
import { expect, test } from 'vitest';
import { backoffMilliseconds } from './backoff.ts';
import { tunnelConfigurationOf } from './client-session.ts';
import { isSameCloud } from './cloud-address.ts';
import { GatewaySecrets } from './gateway-secrets.ts';
import { requireDistinctAddresses } from './redeem.ts';

const key = (): string => randomBytes(32).toString('base64');

function gateway(registrationId: string, addresses: readonly string[]): ClientConfiguration['gateways'][number] {
  return {
    registrationId,
    name: registrationId,
    publicKey: key(),
    encapsulationKey: keyPairOf(generateSeed()).encapsulationKey,
    tunnelAddress: '100.64.0.1',
    released: addresses.map((address) => ({ address })),
    signallingSecret: key(),
  };
}

function configuration(gateways: ClientConfiguration['gateways']): ClientConfiguration {
  return {
    session: { id: randomUUID(), name: 'Service', expiresAt: '2030-01-01T00:00:00.000Z' },
    address: '100.64.0.2',
    gateways,
    relays: [{ name: 'relay0.c-us', region: 'c-us', host: 'relay.example', port: 443 }],
    stunServers: [],
    relayToken: 'token',
    eventToken: 'token',
  };
}

test('an address that two gateways release is refused before anything is sent there', () => {
  const clash = configuration([gateway('a', ['192.168.1.1']), gateway('b', ['192.168.1.2', '192.168.1.1'])]);
  expect(() => requireDistinctAddresses(clash)).toThrowError(expect.objectContaining({ code: 'address-conflict' }));
});

/** Gateway b, which releases the same address as others do, under another one. */
function translated(mapped: string) {
  return { ...gateway('b', ['192.168.1.1']), translations: [{ address: '192.168.1.1', mapped }] };
}

test('K04, K14: of two devices with one address, one that is mapped is no conflict, and one that is mapped to the other is', () => {
  expect(() =>
    requireDistinctAddresses(configuration([gateway('a', ['192.168.1.1']), translated('100.112.0.1')])),
  ).not.toThrow();
  expect(() =>
    requireDistinctAddresses(configuration([gateway('a', ['100.112.0.1']), translated('100.112.0.1')])),
  ).toThrowError(
    expect.objectContaining({ code: 'address-conflict', message: expect.stringContaining('100.112.0.1') }),
  );
});

test('two ports of one device behind one gateway are no conflict', () => {
  expect(() => requireDistinctAddresses(configuration([gateway('a', ['192.168.1.1', '192.168.1.1'])]))).not.toThrow();
});

test('T7: nothing but the released addresses goes into the tunnel', () => {
  const released = configuration([gateway('a', ['192.168.1.1', '192.168.1.1', '192.168.1.9'])]);
  const { peers } = tunnelConfigurationOf(released, key(), new GatewaySecrets());
  expect(peers.map((peer) => peer.allowedAddresses)).toEqual([['192.168.1.1', '192.168.1.9']]);
});

test('clouds are compared without case and with the default port', () => {
  expect(isSameCloud('Cloud.Example', 'cloud.example:443')).toBe(true);
  expect(isSameCloud('cloud.example', 'cloud.example:8443')).toBe(false);
});

test('T5: the pause between attempts grows to a limit and is never nothing', () => {
  const pauses = [1, 2, 3, 10, 1000].map((failures) => backoffMilliseconds(failures, () => 0.5));
  expect(pauses).toEqual([...pauses].toSorted((left, right) => left - right));
  expect(backoffMilliseconds(1, () => 0)).toBeGreaterThan(0);
  expect(backoffMilliseconds(1000, () => 1)).toBeLessThanOrEqual(10_000);
});
