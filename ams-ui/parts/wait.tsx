/** The seconds until the next attempt. A timer is not read aloud at every second. */
import { useTranslation } from 'react-i18next';

export function Wait({ seconds }: { readonly seconds: number }) {
  const { t } = useTranslation();
  return seconds === 0 ? null : <p role="timer">{t('login.wait', { seconds })}</p>;
}
