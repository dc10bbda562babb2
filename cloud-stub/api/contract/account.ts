/**
 * Logging in, one's own account, and what administrators do with users; part of the contract (contract.ts).
 *
 *   GET    /api/login/ways                                        -> loginWays
 *   POST   /api/login                loginRequest                 -> loginAnswer
 *   POST   /api/login/code           codeRequest                  -> loginAnswer      the second step
 *   GET    /api/login/oidc                                        -> 302              to the provider of single sign-on
 *   GET    /api/login/oidc/callback                               -> 302              to `/`, or to `/?refused={code}`
 *   GET    /api/account                                           -> account
 *   POST   /api/account/password     passwordChange               -> 204              ends the other logins
 *   POST   /api/account/second-factor            passwordProof    -> enrolment        takes effect once confirmed
 *   POST   /api/account/second-factor/confirm    confirmRequest   -> recoveryCodes    ends the other logins
 *   POST   /api/account/second-factor/remove     passwordProof    -> 204
 *   POST   /api/account/recovery-codes           passwordProof    -> recoveryCodes    replaces those before
 *   GET    /api/account/logins                                    -> ownLogin[]
 *   DELETE /api/account/logins/{id}                               -> 204
 *   DELETE /api/account/logins                                    -> 204              all but this one
 *   GET    /api/users/{id}                                        -> userDetails      Administrator
 *   PUT    /api/users/{id}/role      roleChange                   -> userDetails      Administrator
 *   POST   /api/users/{id}/disable                                -> userDetails      Administrator
 *   POST   /api/users/{id}/enable                                 -> userDetails      Administrator
 *   POST   /api/users/{id}/invite                                 -> invitation       Administrator; resets the password
 *   DELETE /api/users/{id}/second-factor                          -> userDetails      Administrator
 *
 * A login that still has to set up a second factor gets `second-factor-required` (403) from every other route.
 */
import { timestamp } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';
import { password, role, user } from '../contract.ts';

/** `code`: the password was right, `POST /api/login/code` is next. `enrol`: only a second factor can be set up. */
export const loginAnswer = z.discriminatedUnion('step', [
  z.strictObject({ step: z.literal('done'), user }),
  z.strictObject({ step: z.literal('enrol'), user }),
  z.strictObject({ step: z.literal('code') }),
]);
export type LoginAnswer = z.infer<typeof loginAnswer>;

/** Of the authenticator (6 digits), or a recovery code. */
export const codeRequest = z.strictObject({ code: z.string().trim().min(1).max(40) });

export const loginWays = z.strictObject({ singleSignOn: z.strictObject({ name: z.string() }).nullable() });

export const passwordChange = z.strictObject({ current: z.string().min(1).max(200), wanted: password });
export type PasswordChange = z.infer<typeof passwordChange>;

/** The own password once more; null only while the second factor is set up for the first time. */
export const passwordProof = z.strictObject({ password: z.string().min(1).max(200).nullable() });

/** `secret` in base 32 (RFC 4648), `uri` as authenticator apps read it (`otpauth://totp/...`). */
export const enrolment = z.strictObject({ secret: z.string(), uri: z.string() });
export type Enrolment = z.infer<typeof enrolment>;

export const confirmRequest = z.strictObject({ code: z.string().trim().min(1).max(40) });

/** Shown once; the store has only their hashes. */
export const recoveryCodes = z.strictObject({ codes: z.array(z.string()) });
export type RecoveryCodes = z.infer<typeof recoveryCodes>;

export const account = z.strictObject({
  user,
  /** False for those who log in by single sign-on only. */
  hasPassword: z.boolean(),
  secondFactor: z.strictObject({
    since: timestamp.nullable(),
    /** By role or configuration: it can be replaced, not removed. */
    isDemanded: z.boolean(),
    recoveryCodesLeft: z.int(),
  }),
});
export type Account = z.infer<typeof account>;

export const ownLogin = z.strictObject({
  id: z.uuid(),
  createdAt: timestamp,
  lastUsedAt: timestamp,
  address: z.string(),
  /** For example `Firefox, Windows`; empty where it cannot be told. */
  browser: z.string(),
  isThisOne: z.boolean(),
});
export type OwnLogin = z.infer<typeof ownLogin>;

export const userDetails = z.strictObject({
  user,
  createdAt: timestamp,
  lastLoginAt: timestamp.nullable(),
  activeLogins: z.int(),
  hasPassword: z.boolean(),
  hasSecondFactor: z.boolean(),
  hasSingleSignOn: z.boolean(),
  /** Until when a code that was handed out can still be used. */
  invitationExpiresAt: timestamp.nullable(),
});
export type UserDetails = z.infer<typeof userDetails>;

export const roleChange = z.strictObject({ role });
