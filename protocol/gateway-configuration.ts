/**
 * What the cloud tells a gateway (desired properties) and what the gateway tells the cloud (reported properties).
 *
 * Both stand below the key `remoteConnect` of the device twin (Azure IoT Hub: 32 KB each way, depth 10,
 * keys without `.`, `$` and spaces). Only active sessions stand there; a session that disappears has ended.
 */
import { z } from 'zod';
import { relayEndpoint, stunEndpoint } from './network-endpoints.ts';
import { addressTranslations, releasedAddress } from './released-address.ts';
import {
  displayName,
  encapsulatedKey,
  encapsulationKey,
  ipv4Network,
  occupiedNetworks,
  sessionId,
  sharedSecret,
  timestamp,
  tunnelAddress,
  wireguardPublicKey,
} from './wire-values.ts';

/** Where it stands in a session, the gateway lets nothing flow before its own plant has said yes (P3: dual control). */
export const approvalRequest = z.strictObject({
  /** Who asks, beside the session's `user`. */
  email: z.email().max(200),
  organisation: displayName.optional(),
  /** What for, in the words of whoever prepared the session; may be empty. */
  reason: z.string().max(1000),
  /** Until when an answer counts; afterwards the session has lapsed at this gateway. */
  until: timestamp,
});

/** One active session as its gateway sees it. */
export const gatewaySession = z.strictObject({
  name: displayName,
  /** The technician: shown in the AMS and written to the log. */
  user: displayName,
  clientPublicKey: wireguardPublicKey,
  /** Only this gateway can open it: WireGuard's preshared key is derived from the secret in it (tunnel/preshared-key.ts). */
  encapsulatedKey,
  /** The only source address that the client's key may use. */
  clientAddress: tunnelAddress,
  released: z.array(releasedAddress).min(1).max(100),
  translations: addressTranslations.optional(),
  /** Of this run, by the cloud's clock. */
  startedAt: timestamp,
  expiresAt: timestamp,
  /** Lets the gateway meet this client, and only this client, at the relays (see relay-token.ts). */
  relayToken: z.string().min(1).max(4096),
  signallingSecret: sharedSecret,
  approval: approvalRequest.optional(),
});
export type GatewaySession = z.infer<typeof gatewaySession>;

export const gatewayConfiguration = z.strictObject({
  /** The gateway's own address inside every tunnel. */
  tunnelAddress,
  relays: z.array(relayEndpoint).min(1).max(8),
  stunServers: z.array(stunEndpoint).max(8),
  sessions: z.record(sessionId, gatewaySession),
});
export type GatewayConfiguration = z.infer<typeof gatewayConfiguration>;

/** `desired` of the twin. Keys beside `remoteConnect` (Azure's `$version`, an operator's tags) are not ours. */
export const gatewayDesired = z.looseObject({ remoteConnect: gatewayConfiguration.optional() });

export const gatewaySessionState = z.strictObject({
  /**
   * `waiting-for-approval`: the plant is asked, nothing flows; `refused`: it said no, in the words of `reason`;
   * `prepared`: the peer is configured; `connected`: WireGuard has a live handshake; `failed`: see `reason`.
   */
  state: z.enum(['waiting-for-approval', 'refused', 'prepared', 'connected', 'failed']),
  since: timestamp,
  reason: z.string().max(500).optional(),
  /** Who at the plant approved or refused it, where it was asked. */
  decidedBy: displayName.optional(),
  /** About which client the plant was asked: a word on another one is none on this. */
  clientPublicKey: wireguardPublicKey.optional(),
});
export type GatewaySessionState = z.infer<typeof gatewaySessionState>;

export const gatewayReport = z.strictObject({
  version: z.string().min(1).max(60),
  wireguardPublicKey,
  /** Clients make the secret of their preshared key with it. */
  encapsulationKey,
  localNetworks: z.array(ipv4Network).max(16),
  /** What addresses mean already on its other sides. */
  occupied: occupiedNetworks.optional(),
  /** False is written on an orderly stop, so that the cloud can tell "switched off" from "lost". */
  remoteConnect: z.enum(['on', 'off']),
  /** Which switching on at the plant this is about: another one than before tells of an "off" that was not heard of. */
  switchOnId: z.uuid(),
  sessions: z.record(sessionId, gatewaySessionState),
});
export type GatewayReport = z.infer<typeof gatewayReport>;

/** `reported` of the twin. */
export const gatewayReported = z.looseObject({ remoteConnect: gatewayReport.optional() });
