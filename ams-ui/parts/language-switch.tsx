import { ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { type Language, switchLanguage } from '../language/language.ts';

const LANGUAGES: readonly { readonly language: Language; readonly name: string }[] = [
  { language: 'en', name: 'English' },
  { language: 'de', name: 'Deutsch' },
];

export function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  return (
    <ToggleGroup aria-label={t('frame.language')}>
      {LANGUAGES.map(({ language, name }) => (
        <ToggleGroupItem
          key={language}
          text={name}
          isSelected={i18n.language === language}
          onChange={() => void switchLanguage(language)}
        />
      ))}
    </ToggleGroup>
  );
}
