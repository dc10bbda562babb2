import { useTranslation } from 'react-i18next';

export function Brand() {
  const { t } = useTranslation();
  return (
    <span className="brand">
      <img src="/favicon.svg" alt="" width="32" height="32" />
      <span className="brand-name">{t('product')}</span>
    </span>
  );
}
