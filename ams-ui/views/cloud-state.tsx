/** How far the gateway has come on its way to the cloud. */
import type { Overview } from '@edgegateway/appliance/contract';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../language/use-format.ts';
import { onboardingWords } from './onboarding-words.ts';

export function CloudState({ overview }: { readonly overview: Overview }) {
  const { t } = useTranslation();
  return (
    <section className="card" aria-labelledby="cloud-title">
      <h2 id="cloud-title">{t('cloud.title')}</h2>
      <div aria-live="polite">
        {overview.service === null ? (
          <p>{t(overview.remoteConnect.state === 'off' ? 'cloud.off' : 'cloud.silent')}</p>
        ) : (
          <Link cloud={overview.service.cloud} />
        )}
      </div>
    </section>
  );
}

function Link({ cloud }: { readonly cloud: NonNullable<Overview['service']>['cloud'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  switch (cloud.state) {
    case 'onboarding':
      return <p>{t('cloud.onboarding')}</p>;
    case 'connecting':
      return <p>{t('cloud.connecting')}</p>;
    case 'online':
      return <p className="strong">{t('cloud.online', { time: format.time(cloud.since) })}</p>;
    case 'offline': {
      const words = onboardingWords(cloud.code ?? '', t);
      return (
        <>
          <p className="strong">{t('cloud.offline')}</p>
          {words !== null && <p>{words}</p>}
          <p lang="en" className={words === null ? undefined : 'quiet'}>
            {cloud.problem}
          </p>
          <p className="quiet">{t('cloud.retry', { time: format.time(cloud.retryAt) })}</p>
        </>
      );
    }
  }
}
