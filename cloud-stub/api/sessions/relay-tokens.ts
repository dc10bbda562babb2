import type { KeyObject } from 'node:crypto';
import { RELAY_TOKEN_ALGORITHM, RELAY_TOKEN_AUDIENCE } from '@edgegateway/protocol/relay-token';
import { SignJWT } from 'jose';

export interface RelayTokenGrant {
  /** The WireGuard public key of the bearer. */
  readonly bearer: string;
  readonly peers: readonly string[];
  readonly sessionId: string;
  /** ISO 8601 */
  readonly expiresAt: string;
}

/** Says nothing of when it was made: the same grant gives the same token, and configurations stay comparable. */
export function signRelayToken(key: KeyObject, grant: RelayTokenGrant): Promise<string> {
  return new SignJWT({ peers: [...grant.peers], sid: grant.sessionId })
    .setProtectedHeader({ alg: RELAY_TOKEN_ALGORITHM })
    .setAudience(RELAY_TOKEN_AUDIENCE)
    .setSubject(grant.bearer)
    .setExpirationTime(Math.ceil(Date.parse(grant.expiresAt) / 1000))
    .sign(key);
}
