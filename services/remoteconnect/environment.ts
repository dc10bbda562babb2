/** The environment of the service, as the unit file and systemd set it (systemd.exec(5), sd_notify(3)). */
import { join } from 'node:path';
import { GATEWAY_PATHS } from '@edgegateway/protocol/gateway-files';
import { z } from 'zod';
import { ServiceError } from '../errors.ts';
import type { IdentityPaths } from '../provisioning/identity.ts';

const SHARED_FOLDER = '/var/lib/edgegateway';

/** IFNAMSIZ of Linux: 15 characters; the rest is what ip(8) and nft(8) take without quoting. */
const interfaceName = z.string().regex(/^[a-z][a-z0-9._-]{0,14}$/i, 'must be the name of a network interface');
const folder = z.string().startsWith('/');

const variables = z.object({
  EDGEGATEWAY_DIRECTORY: folder.default(SHARED_FOLDER),
  STATE_DIRECTORY: folder.default('/var/lib/remoteconnect'),
  DBUS_SYSTEM_BUS_ADDRESS: z.string().min(1).default('unix:path=/run/dbus/system_bus_socket'),
  EDGEGATEWAY_WIREGUARD: z.enum(['kernel', 'wireguard-go']).default('kernel'),
  EDGEGATEWAY_TUNNEL_INTERFACE: interfaceName.default('rc0'),
  EDGEGATEWAY_PLANT_INTERFACE: interfaceName.default('lan0'),
  NOTIFY_SOCKET: z.string().min(1).optional(),
  WATCHDOG_USEC: z
    .string()
    .regex(/^[1-9][0-9]{0,12}$/)
    .transform(Number)
    .optional(),
});

export interface ServiceEnvironment {
  readonly identity: IdentityPaths;
  readonly switchFlag: string;
  readonly assignment: string;
  readonly wireguardKey: string;
  readonly encapsulationKey: string;
  readonly outbox: string;
  readonly endedSessions: string;
  readonly plantDecisions: string;
  readonly takenSessions: string;
  readonly busAddress: string;
  readonly wireguard: 'kernel' | 'wireguard-go';
  readonly tunnelInterface: string;
  readonly plantInterface: string;
  readonly notifySocket: string | null;
  /** How long the service may stay silent; null: nobody watches. */
  readonly watchdogMilliseconds: number | null;
}

/** @throws ServiceError 'environment-invalid' */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): ServiceEnvironment {
  const parsed = variables.safeParse(environment);
  if (!parsed.success)
    throw new ServiceError('environment-invalid', z.prettifyError(parsed.error).replaceAll('\n', ' '));
  const { EDGEGATEWAY_DIRECTORY, STATE_DIRECTORY, WATCHDOG_USEC, ...rest } = parsed.data;
  const shared = (path: string) => join(EDGEGATEWAY_DIRECTORY, path.slice(SHARED_FOLDER.length));
  const own = (name: string) => join(STATE_DIRECTORY, name);
  return {
    identity: {
      settings: shared(GATEWAY_PATHS.settings),
      ca: shared(GATEWAY_PATHS.ca),
      deviceCertificate: shared(GATEWAY_PATHS.deviceCertificate),
      deviceKey: own('device-key.pem'),
    },
    switchFlag: shared(GATEWAY_PATHS.switchFlag),
    assignment: own('assignment.json'),
    wireguardKey: own('wireguard-key'),
    encapsulationKey: own('encapsulation-key'),
    outbox: own('outbox.sqlite'),
    endedSessions: own('ended-sessions.json'),
    plantDecisions: own('plant-decisions.json'),
    takenSessions: own('taken-sessions.json'),
    busAddress: rest.DBUS_SYSTEM_BUS_ADDRESS,
    wireguard: rest.EDGEGATEWAY_WIREGUARD,
    tunnelInterface: rest.EDGEGATEWAY_TUNNEL_INTERFACE,
    plantInterface: rest.EDGEGATEWAY_PLANT_INTERFACE,
    notifySocket: rest.NOTIFY_SOCKET ?? null,
    watchdogMilliseconds: WATCHDOG_USEC === undefined ? null : WATCHDOG_USEC / 1000,
  };
}
