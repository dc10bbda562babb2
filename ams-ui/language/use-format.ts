import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { type Format, formatFor, localeFor } from './format.ts';

export function useFormat(): Format {
  const { i18n } = useTranslation();
  return useMemo(() => formatFor(localeFor(i18n.language, navigator.languages), () => new Date()), [i18n.language]);
}
