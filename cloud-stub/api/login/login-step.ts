/** How far a login has come. Pure. */
import type { Role } from '../contract.ts';

/** Whose second factor the cloud demands. */
export type SecondFactorPolicy = 'administrators' | 'everyone';

export interface LoginFacts {
  readonly method: 'password' | 'single-sign-on';
  readonly role: Role;
  readonly hasSecondFactor: boolean;
  readonly secondFactorShown: boolean;
}

export type LoginStep = 'done' | 'code' | 'enrol';

export function isSecondFactorDemanded(policy: SecondFactorPolicy, role: Role): boolean {
  return policy === 'everyone' || role === 'administrator';
}

/** The second factor of a single sign-on is its provider's. */
export function loginStep(facts: LoginFacts, policy: SecondFactorPolicy): LoginStep {
  if (facts.method === 'single-sign-on') return 'done';
  if (facts.hasSecondFactor) return facts.secondFactorShown ? 'done' : 'code';
  return isSecondFactorDemanded(policy, facts.role) ? 'enrol' : 'done';
}
