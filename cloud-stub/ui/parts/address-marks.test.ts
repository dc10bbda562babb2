import { expect, test } from 'vitest';
import type { Device } from '../../api/contract/devices.ts';
import type { Gateway } from '../../api/contract.ts';
import { addressMarks } from './address-marks.ts';

function device(behind: string, address: string, mappedAddress: string | null = null): Device {
  const id = crypto.randomUUID();
  return {
    id,
    gateway: behind,
    name: 'Pump',
    kind: 'other',
    address,
    services: [],
    notes: '',
    link: null,
    mappedAddress,
  };
}

function gateway(registrationId: string, ...devices: Device[]): Gateway {
  const name = `Plant ${registrationId}`;
  return { registrationId, name, state: 'online', lastSeenAt: null, version: null, localNetworks: [], devices };
}

const inEssen = device('essen', '192.168.250.10');
const inLinz = device('linz', '192.168.250.10');
const gateways = [gateway('essen', inEssen), gateway('linz', inLinz)];

test('an address that stands behind another gateway too is marked with its name', () => {
  expect(addressMarks(inEssen, gateways)).toEqual({ alsoBehind: ['Plant linz'], homeNetwork: null });
});

test('an address of a network that many homes have is marked', () => {
  expect(addressMarks(device('essen', '192.168.178.21'), gateways).homeNetwork).toBe('192.168.178.0/24');
  expect(addressMarks(device('essen', '192.168.17.21'), gateways).homeNetwork).toBeNull();
});

test('a mapped device has no marks', () => {
  const mapped = device('essen', '192.168.250.10', '100.112.0.1');
  expect(addressMarks(mapped, gateways)).toEqual({ alsoBehind: [], homeNetwork: null });
});
