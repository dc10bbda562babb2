/** Checks relay tokens offline: only the cloud's public key is needed. */
import type { relayRefusalCode } from '@edgegateway/protocol/relay-control';
import {
  RELAY_TOKEN_ALGORITHM,
  RELAY_TOKEN_AUDIENCE,
  type RelayTokenClaims,
  relayTokenClaims,
} from '@edgegateway/protocol/relay-token';
import { errors, importJWK, jwtVerify } from 'jose';
import { z } from 'zod';

/** RFC 8037: an Ed25519 public key as JWK. */
const publicJwk = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});

export type TokenVerdict =
  | { readonly verdict: 'good'; readonly claims: RelayTokenClaims }
  | {
      readonly verdict: 'refused';
      readonly code: Exclude<z.infer<typeof relayRefusalCode>, 'too-many-sessions'>;
      readonly message: string;
      readonly sessionId?: string;
    };

/** `bearer`: the WireGuard key that the connection has proved; `now`: milliseconds since 1970. */
export type TokenCheck = (token: string, bearer: string, now: number) => Promise<TokenVerdict>;

/**
 * @param jwkJson the text of CLOUD_FILES.relayTokenKey
 * @throws z.ZodError or SyntaxError when it is not an Ed25519 public key
 */
export async function createTokenCheck(jwkJson: string): Promise<TokenCheck> {
  const key = await importJWK(publicJwk.parse(JSON.parse(jwkJson)), RELAY_TOKEN_ALGORITHM);
  return async (token, bearer, now) => {
    let payload: unknown;
    try {
      ({ payload } = await jwtVerify(token, key, {
        algorithms: [RELAY_TOKEN_ALGORITHM],
        audience: RELAY_TOKEN_AUDIENCE,
        requiredClaims: ['exp'],
        currentDate: new Date(now),
      }));
    } catch (error) {
      if (error instanceof errors.JWTExpired) return refused('token-expired', 'The token has expired.');
      return refused('token-invalid', 'The token is not one of this cloud.');
    }
    const parsed = relayTokenClaims.safeParse(payload);
    if (!parsed.success) return refused('token-invalid', 'The token does not say what a relay needs.');
    const claims = parsed.data;
    if (claims.sub !== bearer)
      return { ...refused('token-of-another-key', 'The token names another key.'), sessionId: claims.sid };
    if (claims.peers.includes(claims.sub) || new Set(claims.peers).size !== claims.peers.length)
      return { ...refused('token-invalid', 'The token names a peer twice.'), sessionId: claims.sid };
    return { verdict: 'good', claims };
  };
}

function refused<Code extends 'token-expired' | 'token-invalid' | 'token-of-another-key'>(code: Code, message: string) {
  return { verdict: 'refused', code, message } as const;
}
