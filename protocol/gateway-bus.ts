/**
 * The system bus of the gateway: what remoteconnect.service exports and the AMS reads and asks.
 *
 * Object `/org/edgegateway/RemoteConnect1`, interface `org.edgegateway.RemoteConnect1`:
 *   GetStatus() -> s                 gatewayStatus as JSON
 *   EndSession(s sessionId, s by)    ends one session here and now; it stays ended until the cloud removes it
 *   Approve(s sessionId, s clientPublicKey, s by)
 *                                    lets a session that waits for approval run, for the client that has this key
 *   Refuse(s sessionId, s clientPublicKey, s by, s words)
 *                                    it stays refused until the cloud removes it; the cloud is told the words
 *   signal StatusChanged(s)          gatewayStatus as JSON, on every change and at most once a second
 */
import { z } from 'zod';
import { approvalRequest } from './gateway-configuration.ts';
import { relayReason } from './relay-reason.ts';
import { releasedAddress } from './released-address.ts';
import { displayName, registrationId, sessionId, timestamp, tunnelMtu, wireguardPublicKey } from './wire-values.ts';

export const GATEWAY_BUS = {
  name: 'org.edgegateway.RemoteConnect1',
  path: '/org/edgegateway/RemoteConnect1',
  interface: 'org.edgegateway.RemoteConnect1',
} as const;

/** What the plant says when it refuses; may be empty. */
export const refusalWords = z.string().trim().max(200);

export const gatewayConnection = z.strictObject({
  sessionId,
  name: displayName,
  user: displayName,
  clientPublicKey: wireguardPublicKey,
  released: z.array(releasedAddress),
  expiresAt: timestamp,
  /** `waiting-for-approval`: see `approval`; nothing flows. `waiting`: for the client. */
  state: z.enum(['waiting-for-approval', 'waiting', 'connected', 'ended']),
  path: z.enum(['relay', 'direct']).nullable(),
  /** As the client says; null: it has not said, or there is a direct path. */
  relayReason: relayReason.nullable().default(null),
  /** The largest packet that the tunnel carries on the present path, bytes; null: not connected. */
  mtu: tunnelMtu.nullable().default(null),
  connectedSince: timestamp.nullable(),
  receivedBytes: z.int().min(0),
  sentBytes: z.int().min(0),
  /** What the plant was asked, and who has approved it; null where no approval is needed. */
  approval: approvalRequest.extend({ approvedBy: displayName.nullable() }).nullable().default(null),
});
export type GatewayConnection = z.infer<typeof gatewayConnection>;

/** How far the service has come on its way to the cloud. */
export const cloudLink = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('onboarding') }),
  z.strictObject({ state: z.literal('connecting') }),
  z.strictObject({ state: z.literal('online'), since: timestamp }),
  /** `problem` is a plain sentence in English, `code` its kind (services/errors.ts); `retryAt` says when the next attempt starts. */
  z.strictObject({
    state: z.literal('offline'),
    problem: z.string().max(500),
    code: z.string().max(64).optional(),
    retryAt: timestamp,
  }),
]);
export type CloudLink = z.infer<typeof cloudLink>;

export const gatewayStatus = z.strictObject({
  version: z.string(),
  registrationId,
  cloud: cloudLink,
  /** When remoteConnect switches itself off; null: on until switched off. */
  until: timestamp.nullable(),
  connections: z.array(gatewayConnection),
});
export type GatewayStatus = z.infer<typeof gatewayStatus>;
