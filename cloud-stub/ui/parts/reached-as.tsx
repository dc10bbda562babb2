import { useTranslation } from 'react-i18next';

/** Tells under which address technicians reach a device, where that is not its own. */
export function ReachedAs({ address, reachedAs }: { readonly address: string; readonly reachedAs: string }) {
  const { t } = useTranslation();
  if (reachedAs === address) return null;
  return <span className="address-note">{t('device.reachedAs', { address: reachedAs })}</span>;
}
