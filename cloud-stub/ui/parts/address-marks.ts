/** What makes an address awkward to reach from a technician's computer. Pure. */
import type { Device } from '../../api/contract/devices.ts';
import type { Gateway } from '../../api/contract.ts';

export interface AddressMarks {
  /** Names of the other gateways behind which a device has the same address. */
  readonly alsoBehind: readonly string[];
  /** The network of the same kind that many homes and small offices have; null: none. */
  readonly homeNetwork: string | null;
}

const NOTHING: AddressMarks = { alsoBehind: [], homeNetwork: null };

/** /24 networks that routers sold for homes and small offices use from the factory. */
const HOME_NETWORKS = [
  '10.0.0',
  '10.0.1',
  '192.168.0',
  '192.168.1',
  '192.168.2',
  '192.168.8',
  '192.168.10',
  '192.168.50',
  '192.168.86',
  '192.168.100',
  '192.168.178',
] as const;

/** A device that is mapped to another address has no marks: nobody reaches it under its own. */
export function addressMarks(device: Device, gateways: readonly Gateway[]): AddressMarks {
  if (device.mappedAddress !== null) return NOTHING;
  const others = gateways.filter(
    ({ registrationId, devices }) =>
      registrationId !== device.gateway && devices.some(({ address }) => address === device.address),
  );
  const home = HOME_NETWORKS.find((prefix) => device.address.startsWith(`${prefix}.`));
  return { alsoBehind: others.map(({ name }) => name), homeNetwork: home === undefined ? null : `${home}.0/24` };
}
