import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { released as releasedSchema } from '../../api/contract.ts';
import { sampleState } from '../browser-tests/sample-data.ts';
import {
  choiceOf,
  clashingAddresses,
  isAddress,
  NO_RESTRICTION,
  NOTHING_CHOSEN,
  portOf,
  type ReleaseChoice,
  releasesOf,
} from './release-choice.ts';

const { gateways, sessions } = sampleState();
const press = gateways[0]?.devices[0]?.id ?? '';
const monitor = gateways[1]?.devices[0]?.id ?? '';

describe('releasesOf', () => {
  it('C3: nothing chosen releases nothing', () => {
    expect(releasesOf(NOTHING_CHOSEN, gateways)).toEqual([]);
  });

  it('a chosen device releases every protocol and port of its address', () => {
    expect(releasesOf({ devices: { [press]: NO_RESTRICTION }, rows: [] }, gateways)).toEqual([
      { gateway: 'gw-essen-hall-2', target: { address: '192.168.250.10' } },
    ]);
  });

  it('a port that is left over from a protocol no longer chosen is not released', () => {
    const choice: ReleaseChoice = { devices: { [press]: { protocol: 'any', port: '502' } }, rows: [] };
    expect(releasesOf(choice, gateways)?.[0]?.target).toEqual({ address: '192.168.250.10' });
  });

  it.each(['0', '65536', '-1', '5.5', '1e3', 'http'])('the port %s is refused', (port) => {
    expect(releasesOf({ devices: { [press]: { protocol: 'tcp', port } }, rows: [] }, gateways)).toBeNull();
  });

  it('the same release chosen twice stands there once', () => {
    const row = { ...NO_RESTRICTION, key: 0, gateway: 'gw-essen-hall-2', address: ' 192.168.250.10 ' };
    expect(releasesOf({ devices: { [press]: NO_RESTRICTION }, rows: [row] }, gateways)).toHaveLength(1);
  });

  it('whatever stands in the fields, what comes out is what the contract accepts, or nothing', () => {
    const text = fc.oneof(fc.string(), fc.ipV4(), fc.nat(70_000).map(String));
    const row = fc.record({
      key: fc.nat(),
      gateway: fc.constantFrom('gw-essen-hall-2', 'gw-new'),
      address: text,
      protocol: fc.constantFrom('any', 'tcp', 'udp'),
      port: text,
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), (rows) => {
        const releases = releasesOf({ devices: {}, rows }, gateways);
        const wrong = rows.some((one) => !isAddress(one.address) || portOf(one) === null);
        expect(releases === null).toBe(wrong);
        if (releases !== null) expect(releasedSchema.safeParse({ released: releases }).success).toBe(true);
      }),
    );
  });
});

it('C6: what is released already comes back out of the form unchanged', () => {
  for (const { released } of sessions) {
    const releases = released.map(({ gateway, target }) => ({ gateway, target }));
    expect(releasesOf(choiceOf(releases, gateways), gateways)).toEqual(releases);
  }
});

it('an address behind two chosen gateways is a clash, one behind a single gateway is not', () => {
  const both = { [press]: NO_RESTRICTION, [monitor]: NO_RESTRICTION };
  const clashes = (devices: typeof both, plants = gateways) =>
    clashingAddresses(releasesOf({ devices, rows: [] }, plants) ?? [], plants);
  expect(clashes(both)).toEqual(['192.168.250.10']);
  expect(clashes({ [press]: NO_RESTRICTION })).toEqual([]);
  const mapped = gateways.map((gateway) => ({
    ...gateway,
    devices: gateway.devices.map((device) =>
      device.id === press ? { ...device, mappedAddress: '100.112.0.1' } : device,
    ),
  }));
  expect(clashes(both, mapped)).toEqual([]);
});
