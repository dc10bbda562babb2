/**
 * What the client and the cloud say to each other.
 *
 * `moneo-remoteconnect://open?cloud=HOST[:PORT]&ticket=TICKET` opens the client. It answers with
 * `POST https://CLOUD/client/v1/redeem` (redeemRequest -> clientConfiguration), then keeps the event channel
 * `wss://CLOUD/client/v1/events` open, authorised by `Authorization: Bearer {eventToken}`.
 *
 * Over the channel it hands in an encapsulated key for each gateway, whenever the channel opens and the configuration
 * changes; a gateway is told of the session once its own is there.
 */
import { z } from 'zod';
import { auditEventBatch } from './audit-event.ts';
import { relayEndpoint, stunEndpoint } from './network-endpoints.ts';
import { relayReason } from './relay-reason.ts';
import { addressTranslations, releasedAddress } from './released-address.ts';
import {
  displayName,
  encapsulatedKey,
  encapsulationKey,
  occupiedNetworks,
  registrationId,
  sessionId,
  sharedSecret,
  timestamp,
  tunnelAddress,
  tunnelMtu,
  wireguardPublicKey,
} from './wire-values.ts';

export const LINK_SCHEME = 'moneo-remoteconnect:';

export const CLIENT_REDEEM_PATH = '/client/v1/redeem';

export const CLIENT_EVENTS_PATH = '/client/v1/events';

/** 32 random bytes, base64url: valid once, for 60 seconds, for one user and one session. */
export const ticket = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be a ticket of 43 characters');

export const clientInformation = z.strictObject({
  version: z.string().min(1).max(60),
  platform: z.enum(['windows', 'linux']),
  /** The computer's name, shown to the administrator. */
  computer: displayName,
});

export const redeemRequest = z.strictObject({
  ticket,
  publicKey: wireguardPublicKey,
  client: clientInformation,
  /** What addresses mean already around the computer: only what lies in TUNNEL_NETWORK (wire-values.ts) is told. */
  occupied: occupiedNetworks.optional(),
});
export type RedeemRequest = z.infer<typeof redeemRequest>;

/** One gateway of the session: one WireGuard peer. */
export const clientGateway = z.strictObject({
  registrationId,
  name: displayName,
  publicKey: wireguardPublicKey,
  encapsulationKey,
  tunnelAddress,
  released: z.array(releasedAddress).min(1).max(100),
  translations: addressTranslations.optional(),
  signallingSecret: sharedSecret,
});
export type ClientGateway = z.infer<typeof clientGateway>;

export const clientConfiguration = z.strictObject({
  session: z.strictObject({ id: sessionId, name: displayName, expiresAt: timestamp }),
  address: tunnelAddress,
  gateways: z.array(clientGateway).min(1).max(20),
  relays: z.array(relayEndpoint).min(1).max(8),
  stunServers: z.array(stunEndpoint).max(8),
  /** One token for all gateways of the session. */
  relayToken: z.string().min(1).max(4096),
  /** Authorises the event channel until the session ends. */
  eventToken: z.string().min(1).max(200),
});
export type ClientConfiguration = z.infer<typeof clientConfiguration>;

export const cloudToClient = z.discriminatedUnion('type', [
  /** Sent on connecting and whenever the session's devices change. */
  z.strictObject({ type: z.literal('configuration'), configuration: clientConfiguration }),
  z.strictObject({ type: z.literal('ended'), reason: z.string().max(200) }),
  /** All events of `log` up to and including `sequence` are stored. */
  z.strictObject({ type: z.literal('acknowledged'), log: z.uuid(), sequence: z.int().min(1) }),
]);
export type CloudToClient = z.infer<typeof cloudToClient>;

export const peerStatus = z.strictObject({
  registrationId,
  /** `connecting`: no live handshake yet, or lost. */
  state: z.enum(['connecting', 'connected']),
  path: z.enum(['relay', 'direct']).nullable(),
  /** Null on the direct path, while not connected, and from a client of before. */
  relayReason: relayReason.nullable().default(null),
  /** Name of the relay where both ends have met, the one in use or in reserve; a client of before does not tell. */
  relay: z.string().max(60).nullable().default(null),
  /** To the gateway and back on the direct path; null on the relay, where only the way to the relay is measured. */
  roundTripMilliseconds: z.number().min(0).max(600_000).nullable().default(null),
  /** The largest packet that the tunnel carries on the present path, bytes; a client of before does not tell. */
  mtu: tunnelMtu.nullable().default(null),
  lastHandshakeAt: timestamp.nullable(),
  receivedBytes: z.int().min(0),
  sentBytes: z.int().min(0),
});
export type PeerStatus = z.infer<typeof peerStatus>;

/** An encapsulated key of the client's for one gateway. */
export const keyForGateway = z.strictObject({
  registrationId,
  /** The gateway's, for which `encapsulatedKey` was made. */
  encapsulationKey,
  encapsulatedKey,
});
export type KeyForGateway = z.infer<typeof keyForGateway>;

export const clientToCloud = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('status'), peers: z.array(peerStatus).max(20) }),
  z.strictObject({ type: z.literal('encapsulated-keys'), keys: z.array(keyForGateway).max(20) }),
  z.strictObject({ type: z.literal('events'), batch: auditEventBatch }),
  /** The user closes the session at the client. */
  z.strictObject({ type: z.literal('leave') }),
]);
export type ClientToCloud = z.infer<typeof clientToCloud>;

/** The body of every refused request: problem details (RFC 9457), with a stable code. There may be more members. */
export const apiError = z.object({
  /** A relative address of the interface's own description of this refusal. */
  type: z.string().max(200),
  /** Always the same for a code. */
  title: z.string().min(1).max(300),
  status: z.int(),
  /** The sentence for the user: the title, and what it is about this time. */
  detail: z.string().min(1).max(500),
  /** The path that was asked. */
  instance: z.string().max(500).optional(),
  /** A stable word (docs/api.md). */
  code: z.string().min(1).max(80),
});
export type ApiError = z.infer<typeof apiError>;

const hostWithPort = z.string().regex(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[1-9][0-9]{0,4})?$/i);
const linkParameters = z.strictObject({ cloud: hostWithPort, ticket });
export type ClientLink = z.infer<typeof linkParameters>;

export function formatClientLink(link: ClientLink): string {
  return `${LINK_SCHEME}//open?${new URLSearchParams({ cloud: link.cloud, ticket: link.ticket }).toString()}`;
}

/** Reads a link that a browser handed over; null when it is not one of ours in every detail. */
export function parseClientLink(text: string): ClientLink | null {
  if (text.length > 1000 || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== LINK_SCHEME || url.host !== 'open' || (url.pathname !== '' && url.pathname !== '/')) return null;
  if (url.hash !== '' || url.username !== '' || url.password !== '') return null;
  const names = [...url.searchParams.keys()];
  if (new Set(names).size !== names.length) return null;
  return linkParameters.safeParse(Object.fromEntries(url.searchParams)).data ?? null;
}
