/** Why single sign-on let nobody in, by the code in `/?refused=`. */
const REFUSALS: Readonly<Record<string, { readonly en: string; readonly de: string }>> = {
  'sso-email-missing': {
    en: 'The provider did not tell your email address. Ask your administrator.',
    de: 'Der Anbieter hat Ihre E-Mail-Adresse nicht mitgeteilt. Wenden Sie sich an Ihren Administrator.',
  },
  'sso-email-unverified': {
    en: 'The provider has not verified your email address. Verify it there and try again.',
    de: 'Der Anbieter hat Ihre E-Mail-Adresse nicht bestätigt. Bestätigen Sie sie dort und versuchen Sie es erneut.',
  },
  'sso-domain': {
    en: 'Your email address does not belong to an organisation that may log in here.',
    de: 'Ihre E-Mail-Adresse gehört zu keiner Organisation, die sich hier anmelden darf.',
  },
  'sso-second-factor': {
    en: 'You have to log in to the provider with a second factor. Try again with it.',
    de: 'Sie müssen sich beim Anbieter mit einem zweiten Faktor anmelden. Versuchen Sie es damit erneut.',
  },
  'sso-no-role': {
    en: 'The provider gives you no role here. Ask your administrator.',
    de: 'Der Anbieter gibt Ihnen hier keine Rolle. Wenden Sie sich an Ihren Administrator.',
  },
  'sso-unknown-user': {
    en: 'There is no user for you here. Ask an administrator to add you.',
    de: 'Für Sie gibt es hier keinen Benutzer. Bitten Sie einen Administrator, Sie hinzuzufügen.',
  },
  'sso-disabled': {
    en: 'Your user is disabled. Ask an administrator.',
    de: 'Ihr Benutzer ist gesperrt. Wenden Sie sich an einen Administrator.',
  },
};

const OTHER = {
  en: 'The provider could not be reached, or its answer did not hold. Try again.',
  de: 'Der Anbieter war nicht erreichbar, oder seine Antwort war nicht gültig. Versuchen Sie es erneut.',
};

export function ssoRefusalText(code: string, language: string): string {
  const words = (Object.hasOwn(REFUSALS, code) ? REFUSALS[code] : undefined) ?? OTHER;
  return language.startsWith('de') ? words.de : words.en;
}
