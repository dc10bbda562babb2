/** What a start needs, one by one (C5), and where the client is to be had. */
import { Card, CardBody, CardTitle, Label } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import type { StartCheck, StartChecks } from '../../api/contract/session-rules.ts';
import { sessionRules } from '../cloud/session-rules.ts';
import { useLoaded } from '../cloud/use-loaded.ts';
import { useFormat } from '../language/format.ts';
import { preconditionText } from '../language/refusals.ts';
import { LoadedContent } from './loaded-content.tsx';

export function StartChecksCard({ sessionId }: { readonly sessionId: string }) {
  const { t } = useTranslation();
  const { loaded, reload } = useLoaded(`checks-${sessionId}`, ['sessions', 'gateways'], (signal) =>
    sessionRules.preconditions(sessionId, signal),
  );
  return (
    <Card>
      <CardTitle component="h2">{t('checks.title')}</CardTitle>
      <CardBody>
        <p className="hint">{t('checks.intro')}</p>
        <LoadedContent loaded={loaded} reload={reload}>
          {(told) => <CheckList told={told} />}
        </LoadedContent>
      </CardBody>
    </Card>
  );
}

function CheckList({ told }: { readonly told: StartChecks }) {
  return (
    <ul className="checks" aria-live="polite">
      {told.checks.map((check) => (
        <li key={`${check.check} ${check.gateway ?? ''}`}>
          <CheckLabel check={check} />
          <div>
            <CheckText check={check} />
            {check.missing?.precondition === 'no-client-seen' && <ClientDownloadLine told={told} />}
          </div>
        </li>
      ))}
    </ul>
  );
}

function CheckLabel({ check: { missing, blocking } }: { readonly check: StartCheck }) {
  const { t } = useTranslation();
  if (missing === null) return <Label status="success">{t('checks.met')}</Label>;
  return <Label status={blocking ? 'warning' : 'info'}>{t(blocking ? 'checks.missing' : 'checks.note')}</Label>;
}

function CheckText({ check: { check, gateway, missing } }: { readonly check: StartCheck }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  if (missing !== null) return <p>{preconditionText(missing, i18n.language, format.time)}</p>;
  return <p>{t(`checks.${check}`, { gateway: gateway ?? '' })}</p>;
}

/** For whoever has none yet, beside the prompt to open it. */
export function ClientDownload({ sessionId }: { readonly sessionId: string }) {
  const { loaded } = useLoaded(`checks-${sessionId}`, [], (signal) => sessionRules.preconditions(sessionId, signal));
  return loaded.state === 'loaded' ? (
    <div className="hint client-download">
      <ClientDownloadLine told={loaded.value} />
    </div>
  ) : null;
}

function ClientDownloadLine({ told: { clientDownload } }: { readonly told: StartChecks }) {
  const { t } = useTranslation();
  if (clientDownload === null) return <p>{t('checks.noDownload')}</p>;
  return (
    <p>
      <a href={clientDownload.url} rel="noreferrer">
        {t('checks.download', { version: clientDownload.version })}
      </a>
    </p>
  );
}
