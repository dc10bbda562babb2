/**
 * The devices behind gateways.
 *
 *   POST   /api/gateways/{registrationId}/devices  newDevice -> device     Administrator
 *   PUT    /api/devices/{id}     newDevice           -> device             Administrator; running sessions follow
 *   DELETE /api/devices/{id}                         -> 204                Administrator
 */
import { displayName, ipv4Address, port, registrationId, tunnelAddress } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';

export const deviceKind = z.enum(['io-link-master', 'vibration-electronics', 'controller', 'hmi', 'other']);
export type DeviceKind = z.infer<typeof deviceKind>;

/** What a device offers on the network; a technician's page makes links of those it knows. */
export const deviceService = z.strictObject({ name: displayName, protocol: z.enum(['tcp', 'udp']), port });
export type DeviceService = z.infer<typeof deviceService>;

/** A page about the device: its manual, its place in an asset register. */
const webLink = z.url({ protocol: /^https?$/, hostname: /./ }).max(500);

const described = {
  name: displayName,
  kind: deviceKind,
  address: ipv4Address,
  services: z.array(deviceService).max(20),
  notes: z.string().trim().max(1000),
  link: webLink.nullable(),
};

export const device = z.strictObject({
  id: z.uuid(),
  gateway: registrationId,
  ...described,
  /** Under which address clients reach it, where that is not its own (1:1 mapping): unique in this cloud. */
  mappedAddress: tunnelAddress.nullable(),
});
export type Device = z.infer<typeof device>;

/** `isMapped`: the cloud gives it a free address for clients, which it keeps while it is mapped. */
export const newDevice = z.strictObject({
  ...described,
  services: described.services.default([]),
  notes: described.notes.default(''),
  link: described.link.default(null),
  isMapped: z.boolean().default(false),
});
export type NewDevice = z.infer<typeof newDevice>;
