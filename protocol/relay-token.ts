/**
 * The token that lets one WireGuard key meet its peers at a relay: a JWT signed with EdDSA by the cloud.
 * Relays hold only the cloud's public key and check tokens without asking anyone.
 */
import { z } from 'zod';
import { sessionId, wireguardPublicKey } from './wire-values.ts';

export const RELAY_TOKEN_AUDIENCE = 'remoteconnect-relay';

/** JOSE algorithm (RFC 8037). No other is accepted. */
export const RELAY_TOKEN_ALGORITHM = 'EdDSA';

export const relayTokenClaims = z.object({
  aud: z.literal(RELAY_TOKEN_AUDIENCE),
  /** The WireGuard public key that the bearer must prove to possess. */
  sub: wireguardPublicKey,
  /** The WireGuard public keys it may exchange packets with. */
  peers: z.array(wireguardPublicKey).min(1).max(50),
  sid: sessionId,
  /** Seconds since 1970 (RFC 7519). */
  exp: z.int(),
});
export type RelayTokenClaims = z.infer<typeof relayTokenClaims>;
