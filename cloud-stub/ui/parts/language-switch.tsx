import { ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { type Language, switchLanguage } from '../language/language.ts';

const LANGUAGES: readonly { readonly language: Language; readonly short: string }[] = [
  { language: 'en', short: 'EN' },
  { language: 'de', short: 'DE' },
];

export function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  return (
    <ToggleGroup isCompact aria-label={t('frame.language')}>
      {LANGUAGES.map(({ language, short }) => (
        <ToggleGroupItem
          key={language}
          text={short}
          isSelected={i18n.language === language}
          onChange={() => void switchLanguage(language)}
        />
      ))}
    </ToggleGroup>
  );
}
