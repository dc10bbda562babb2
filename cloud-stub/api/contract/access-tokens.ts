/**
 * Access tokens for automation: `Authorization: Bearer rct_...`. A token may what its scopes say, and never more than its
 * owner's role; it manages neither tokens nor users.
 *
 *   GET    access-tokens                       -> accessToken[]     one's own
 *   POST   access-tokens   newAccessToken      -> issuedToken       the token itself is shown this once
 *   DELETE access-tokens/{id}                  -> 204
 */
import { displayName, timestamp } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';

export const tokenScope = z.enum(['read', 'sessions:write', 'devices:write']);
export type TokenScope = z.infer<typeof tokenScope>;

export const accessToken = z.strictObject({
  id: z.uuid(),
  name: displayName,
  /** The first characters, by which the owner knows it. */
  prefix: z.string(),
  scopes: z.array(tokenScope),
  createdAt: timestamp,
  expiresAt: timestamp,
  lastUsedAt: timestamp.nullable(),
});
export type AccessToken = z.infer<typeof accessToken>;

export const newAccessToken = z.strictObject({
  name: displayName,
  scopes: z.array(tokenScope).min(1).max(tokenScope.options.length),
  days: z.int().min(1).max(365),
});
export type NewAccessToken = z.infer<typeof newAccessToken>;

export const issuedToken = z.strictObject({ token: z.string(), details: accessToken });
export type IssuedToken = z.infer<typeof issuedToken>;
