/** What the provider of single sign-on says of somebody, and whether that is enough to be let in. Pure. */
import { z } from 'zod';
import type { SingleSignOnConfiguration } from '../../configuration.ts';
import { isStorable } from '../../store/storable-text.ts';
import { type Role, role as roles, user } from '../contract.ts';

/** The provider's claims (OpenID Connect Core 1.0 sections 2 and 5.1), as far as they are looked at. */
const claims = z.object({
  sub: z.string().min(1).max(255).refine(isStorable),
  email: user.shape.email.optional().catch(undefined),
  email_verified: z.boolean().optional().catch(undefined),
  name: z.string().optional().catch(undefined),
  acr: z.string().optional().catch(undefined),
  amr: z.array(z.string()).optional().catch(undefined),
});

export type SsoRefusal =
  | 'sso-failed'
  | 'sso-email-missing'
  | 'sso-email-unverified'
  | 'sso-domain'
  | 'sso-second-factor'
  | 'sso-no-role'
  | 'sso-unknown-user'
  | 'sso-disabled';

export interface SsoPerson {
  readonly subject: string;
  readonly email: string;
  readonly name: string;
  /** By the provider's claim; null where roles are given in the cloud. */
  readonly role: Role | null;
}

export type SsoVerdict =
  | { readonly verdict: 'let-in'; readonly person: SsoPerson }
  | { readonly verdict: 'refused'; readonly refusal: SsoRefusal; readonly email: string | null };

/** `userinfo` completes the ID token, which alone says how the user was authenticated. */
export function judgeClaims(
  idToken: Readonly<Record<string, unknown>>,
  userinfo: Readonly<Record<string, unknown>>,
  configuration: SingleSignOnConfiguration,
): SsoVerdict {
  const told = { ...userinfo, ...idToken };
  const parsed = claims.safeParse(told);
  if (!parsed.success) return { verdict: 'refused', refusal: 'sso-failed', email: null };
  const { sub, email, email_verified: isVerified, name } = parsed.data;
  const refused = (refusal: SsoRefusal): SsoVerdict => ({ verdict: 'refused', refusal, email: email ?? null });
  if (email === undefined) return refused('sso-email-missing');
  if (isVerified !== true && !configuration.trustUnverifiedEmail) return refused('sso-email-unverified');
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  if (!configuration.emailDomains.includes(domain)) return refused('sso-domain');
  const shown = claims.safeParse(idToken).data;
  const { acr, amr } = configuration.demand;
  if (acr !== undefined && !acr.includes(shown?.acr ?? '')) return refused('sso-second-factor');
  if (amr !== undefined && !amr.some((method) => shown?.amr?.includes(method) === true))
    return refused('sso-second-factor');
  const role = configuration.roles === undefined ? null : highestRole(told[configuration.roles.claim], configuration);
  if (configuration.roles !== undefined && role === null) return refused('sso-no-role');
  const shownName = user.shape.name.safeParse(name);
  return {
    verdict: 'let-in',
    person: {
      subject: sub,
      email,
      name: shownName.success ? shownName.data : email.slice(0, email.indexOf('@')),
      role,
    },
  };
}

function highestRole(claim: unknown, { roles: mapping }: SingleSignOnConfiguration): Role | null {
  const values = (Array.isArray(claim) ? claim : [claim]).filter((value) => typeof value === 'string');
  const given = values.map((value) =>
    mapping !== undefined && Object.hasOwn(mapping.values, value) ? mapping.values[value] : undefined,
  );
  return roles.options.find((one) => given.includes(one)) ?? null;
}
