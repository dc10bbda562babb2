/** German and English: the browser's wish decides until the user chooses; only that choice is kept in the browser. */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { de } from './de.ts';
import { en, type Translation } from './en.ts';

export type Language = 'en' | 'de';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: Translation };
  }
}

const STORED = 'language';

/** The first of the stored choice and the wished languages that this page speaks; English where there is none. */
export function chooseLanguage(stored: string | null, wished: readonly string[]): Language {
  for (const tag of [stored ?? '', ...wished]) {
    const primary = tag.toLowerCase().split('-')[0];
    if (primary === 'de' || primary === 'en') return primary;
  }
  return 'en';
}

export async function startLanguage(): Promise<void> {
  i18next.on('languageChanged', (changed) => {
    document.documentElement.lang = changed;
  });
  await i18next.use(initReactI18next).init({
    lng: chooseLanguage(storedChoice(), navigator.languages),
    supportedLngs: ['en', 'de'],
    resources: { en: { translation: en }, de: { translation: de } },
    interpolation: { escapeValue: false },
  });
}

export async function switchLanguage(language: Language): Promise<void> {
  storeChoice(language);
  await i18next.changeLanguage(language);
}

/** Null too where the browser blocks the page's data: it throws then, and the page is there without a choice. */
function storedChoice(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

function storeChoice(language: Language): void {
  try {
    localStorage.setItem(STORED, language);
  } catch {
    // Blocked, or full: the choice lasts as long as the page.
  }
}
