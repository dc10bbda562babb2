import { useTranslation } from 'react-i18next';
import { type DeviceDraft, type DraftField, wrongFields } from './device-draft.ts';
import type { Errors } from './use-checked-form.ts';

/** The sentence for each field of a device that is wrong. */
export function useDeviceErrors(draft: DeviceDraft): Errors<DraftField> {
  const { t } = useTranslation();
  const wrong = wrongFields(draft);
  return {
    name: wrong.name ? t('gateway.deviceNameWrong') : null,
    address: wrong.address ? t('gateway.addressWrong') : null,
    services: wrong.services ? t('device.serviceWrong') : null,
    link: wrong.link ? t('device.linkWrong') : null,
  };
}
