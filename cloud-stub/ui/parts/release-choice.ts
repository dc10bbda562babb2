/** What a user has chosen to release, as the form holds it, and as the contract wants it. Pure. */
import { releasedAddress } from '@edgegateway/protocol/released-address';
import { ipv4Address, port as portNumber } from '@edgegateway/protocol/wire-values';
import type { Device } from '../../api/contract/devices.ts';
import type { Gateway, NewRelease } from '../../api/contract.ts';

export type ProtocolChoice = 'any' | 'tcp' | 'udp';

/** `port` is what stands in the field; empty means all ports. */
export interface Restriction {
  readonly protocol: ProtocolChoice;
  readonly port: string;
}

export interface AddressRow extends Restriction {
  /** Tells rows apart while they are edited; never sent. */
  readonly key: number;
  readonly gateway: string;
  readonly address: string;
}

export interface ReleaseChoice {
  /** By device id. */
  readonly devices: Readonly<Record<string, Restriction>>;
  readonly rows: readonly AddressRow[];
}

export const NO_RESTRICTION: Restriction = { protocol: 'any', port: '' };

export const NOTHING_CHOSEN: ReleaseChoice = { devices: {}, rows: [] };

/** Null for a port that is not one; a port without a protocol has no meaning and is not looked at. */
export function portOf({ protocol, port }: Restriction): number | undefined | null {
  const text = port.trim();
  if (protocol === 'any' || text === '') return undefined;
  const parsed = /^[0-9]{1,5}$/.test(text) ? portNumber.safeParse(Number(text)) : null;
  return parsed?.success === true ? parsed.data : null;
}

export function isAddress(text: string): boolean {
  return ipv4Address.safeParse(text.trim()).success;
}

/** The releases in the order of the form, each once; null while something in it is wrong. */
export function releasesOf(choice: ReleaseChoice, gateways: readonly Gateway[]): NewRelease[] | null {
  const wanted = [
    ...gateways.flatMap((gateway) =>
      gateway.devices.flatMap((device) => {
        const restriction = choice.devices[device.id];
        return restriction === undefined
          ? []
          : [{ ...restriction, gateway: gateway.registrationId, address: device.address }];
      }),
    ),
    ...choice.rows,
  ];
  const releases = new Map<string, NewRelease>();
  for (const { gateway, address, ...restriction } of wanted) {
    const port = portOf(restriction);
    const target = releasedAddress.safeParse({
      address: address.trim(),
      ...(restriction.protocol === 'any' ? {} : { protocol: restriction.protocol }),
      ...(port === undefined ? {} : { port }),
    });
    if (!target.success) return null;
    releases.set(JSON.stringify([gateway, target.data]), { gateway, target: target.data });
  }
  return [...releases.values()];
}

/** The form for what is released already: the first release of a device is its tick, further ones are rows. */
export function choiceOf(released: readonly NewRelease[], gateways: readonly Gateway[]): ReleaseChoice {
  const devices: Record<string, Restriction> = {};
  const rows: AddressRow[] = [];
  for (const { gateway, target } of released) {
    const restriction: Restriction = {
      protocol: target.protocol ?? 'any',
      port: target.port === undefined ? '' : String(target.port),
    };
    const device = deviceAt(gateways, gateway, target.address);
    if (device !== undefined && devices[device.id] === undefined) devices[device.id] = restriction;
    else rows.push({ ...restriction, key: rows.length, gateway, address: target.address });
  }
  return { devices, rows };
}

function deviceAt(gateways: readonly Gateway[], registrationId: string, address: string): Device | undefined {
  return gateways
    .find((gateway) => gateway.registrationId === registrationId)
    ?.devices.find((device) => device.address === address);
}

/**
 * Addresses under which more than one chosen gateway would be reached: the technician's computer can route them to one
 * only. A device that is mapped to another address is reached under that.
 */
export function clashingAddresses(releases: readonly NewRelease[], plants: readonly Gateway[]): string[] {
  const gatewaysOf = new Map<string, Set<string>>();
  for (const { gateway, target } of releases) {
    const address = deviceAt(plants, gateway, target.address)?.mappedAddress ?? target.address;
    gatewaysOf.set(address, (gatewaysOf.get(address) ?? new Set()).add(gateway));
  }
  return [...gatewaysOf].filter(([, gateways]) => gateways.size > 1).map(([address]) => address);
}
