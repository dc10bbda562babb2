/** What the cloud's administrator needs to add this gateway. */
import type { Overview } from '@edgegateway/appliance/contract';
import { Button } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../parts/copy-button.tsx';
import { saveFile } from '../parts/save-file.ts';

export function IntegratorDetails({ overview }: { readonly overview: Overview }) {
  const { t } = useTranslation();
  const { registrationId, deviceCertificate, version } = overview;
  return (
    <section className="card" aria-labelledby="details-title">
      <h2 id="details-title">{t('details.title')}</h2>
      <p className="quiet">{t('details.lead')}</p>
      <dl className="facts">
        <div>
          <dt id="registration-id">{t('details.registrationId')}</dt>
          <dd aria-labelledby="registration-id" data-testid="registration-id">
            {registrationId ?? t('details.missing')}
          </dd>
        </div>
        <div>
          <dt>{t('details.version')}</dt>
          <dd>{version}</dd>
        </div>
      </dl>
      {registrationId !== null && <CopyButton text={registrationId} label={t('details.copyId')} />}
      <label className="label" htmlFor="certificate">
        {t('details.certificate')}
      </label>
      {deviceCertificate === null ? (
        <output id="certificate">{t('details.missing')}</output>
      ) : (
        <>
          <textarea id="certificate" className="certificate" readOnly rows={6} value={deviceCertificate} />
          <div className="buttons">
            <CopyButton text={deviceCertificate} label={t('details.copyCertificate')} />
            <Button
              variant="secondary"
              onClick={() => saveFile(`${registrationId ?? 'edgegateway'}.pem`, deviceCertificate)}
            >
              {t('details.download')}
            </Button>
          </div>
        </>
      )}
    </section>
  );
}
