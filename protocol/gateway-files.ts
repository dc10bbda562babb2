/**
 * Files that programs of the gateway share. Paths are the shipped defaults; tests put them elsewhere.
 */
import { z } from 'zod';
import { hostName } from './host-name.ts';
import { PROVISIONING_ENDPOINT } from './network-endpoints.ts';
import { hostInNetwork, port, registrationId, timestamp } from './wire-values.ts';

export const GATEWAY_PATHS = {
  /** gatewaySettings: written by provisioning, read by the services. */
  settings: '/var/lib/edgegateway/settings.json',
  /** PEM: the cloud's certification authority, where it is not a public one. */
  ca: '/var/lib/edgegateway/ca.pem',
  /** PEM: the self-signed identity of this gateway; its common name is the registration id. */
  deviceCertificate: '/var/lib/edgegateway/device-certificate.pem',
  /** switchFlag: remoteConnect is on while this file exists and `until` has not passed. */
  switchFlag: '/var/lib/edgegateway/switch/remoteconnect-on',
  /** consoleInformation: written by the AMS, shown on the console. */
  console: '/run/ams/console.json',
} as const;

export const gatewaySettings = z.strictObject({
  idScope: z.string().min(1).max(60).optional(),
  registrationId: registrationId.optional(),
  dps: z.strictObject({ host: hostName, port }).default({ ...PROVISIONING_ENDPOINT }),
  network: z
    .strictObject({
      lan: z.strictObject({ address: hostInNetwork }).default({ address: '192.168.250.1/24' }),
      wan: z.strictObject({ dhcp: z.literal(true) }).default({ dhcp: true }),
    })
    .prefault({}),
});
export type GatewaySettings = z.infer<typeof gatewaySettings>;

export const switchFlag = z.strictObject({
  /** Names this switching on; after each switching off it is another one. */
  id: z.uuid(),
  until: timestamp.nullable(),
});
export type SwitchFlag = z.infer<typeof switchFlag>;

export const consoleInformation = z.strictObject({
  /** SHA-256 of the AMS's certificate, `AA:BB:...`. */
  fingerprint: z.string().regex(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/),
  /** Present while no password has been set. */
  oneTimeCode: z
    .string()
    .regex(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/)
    .nullable(),
});
export type ConsoleInformation = z.infer<typeof consoleInformation>;
