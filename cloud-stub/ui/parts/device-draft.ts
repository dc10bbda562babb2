/** A device as the form holds it, and as the contract wants it. Pure. */
import { type Device, type DeviceKind, type NewDevice, newDevice } from '../../api/contract/devices.ts';
import { portOf } from './release-choice.ts';

/** `port` is what stands in the field. */
export interface ServiceDraft {
  /** Tells rows apart while they are edited; never sent. */
  readonly key: number;
  readonly name: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: string;
}

export interface DeviceDraft {
  readonly name: string;
  readonly kind: DeviceKind;
  readonly address: string;
  readonly services: readonly ServiceDraft[];
  readonly notes: string;
  readonly link: string;
  readonly isMapped: boolean;
}

export type DraftField = 'name' | 'address' | 'services' | 'link';

export const NO_DEVICE: DeviceDraft = {
  name: '',
  kind: 'controller',
  address: '',
  services: [],
  notes: '',
  link: '',
  isMapped: false,
};

export function draftOf(device: Device): DeviceDraft {
  const { name, kind, address, notes, link, mappedAddress } = device;
  const services = device.services.map((service, key) => ({ ...service, key, port: String(service.port) }));
  return { name, kind, address, services, notes, link: link ?? '', isMapped: mappedAddress !== null };
}

export function isServiceRight(service: ServiceDraft): boolean {
  return typeof portOf(service) === 'number' && newDevice.shape.name.safeParse(service.name).success;
}

export function wrongFields(draft: DeviceDraft): Readonly<Record<DraftField, boolean>> {
  const { shape } = newDevice;
  return {
    name: !shape.name.safeParse(draft.name).success,
    address: !shape.address.safeParse(draft.address.trim()).success,
    services: !draft.services.every(isServiceRight),
    link: !shape.link.safeParse(linkOf(draft)).success,
  };
}

/** @throws ZodError for a draft with wrong fields */
export function deviceOfDraft(draft: DeviceDraft): NewDevice {
  const services = draft.services.map((service) => ({
    name: service.name,
    protocol: service.protocol,
    port: Number(service.port.trim()),
  }));
  return newDevice.parse({ ...draft, address: draft.address.trim(), services, link: linkOf(draft) });
}

function linkOf({ link }: DeviceDraft): string | null {
  return link.trim() === '' ? null : link.trim();
}
