/**
 * The network table of the product: whom a gateway may contact, and nothing else.
 * All names and ports are configuration; the values here are the shipped defaults.
 */
import { z } from 'zod';
import { hostName } from './host-name.ts';
import { port } from './wire-values.ts';

export const region = z.enum(['c-us', 'w-eu']);
export type Region = z.infer<typeof region>;

/** A relay, reached over TLS WebSocket at `wss://{host}:{port}/relay`. */
export const relayEndpoint = z.strictObject({ name: z.string().min(1).max(40), region, host: hostName, port });
export type RelayEndpoint = z.infer<typeof relayEndpoint>;

/** A STUN server (RFC 8489) over UDP. */
export const stunEndpoint = relayEndpoint;
export type StunEndpoint = z.infer<typeof stunEndpoint>;

/** The path of the relay's WebSocket on its host. */
export const RELAY_PATH = '/relay';

export function relayUrl(relay: RelayEndpoint): string {
  return `wss://${relay.host}:${relay.port}${RELAY_PATH}`;
}

export const PROVISIONING_ENDPOINT = { host: 'global.azure-devices-provisioning.net', port: 443 } as const;

export const HUB_ENDPOINT = { host: 'rc-c-us-prod-iothub.azure-devices.net', port: 8883 } as const;

const REGIONS: readonly Region[] = ['c-us', 'w-eu'];
const NUMBERS = [0, 1] as const;

function endpoints(kind: 'relay' | 'stun', servicePort: number): RelayEndpoint[] {
  return REGIONS.flatMap((where) =>
    NUMBERS.map((number) => ({
      name: `${kind}${number}.${where}`,
      region: where,
      host: `${kind}${number}.remoteconnect-${where}-prod.moneo.ifm`,
      port: servicePort,
    })),
  );
}

export const PRODUCTION_RELAYS: readonly RelayEndpoint[] = endpoints('relay', 443);

export const PRODUCTION_STUN_SERVERS: readonly StunEndpoint[] = endpoints('stun', 3478);
