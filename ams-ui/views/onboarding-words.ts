/** Why a gateway is not registered, in the words of the page's language; the service's own sentence is English. */
import type { TFunction } from 'i18next';

/** Null for what has no words here: then the service's sentence stands alone. */
export function onboardingWords(code: string, t: TFunction): string | null {
  switch (code) {
    case 'onboarding-refused':
    case 'onboarding-disabled':
    case 'onboarding-not-understood':
      return t(`cloud.problem.${code}`);
    default:
      return null;
  }
}
