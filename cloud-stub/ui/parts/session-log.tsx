import { Card, CardBody, CardTitle } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { cloud } from '../cloud/cloud.ts';
import { useLoaded } from '../cloud/use-loaded.ts';
import { AuditTable } from './audit-table.tsx';
import { LoadedContent } from './loaded-content.tsx';

export function SessionLog({ sessionId }: { readonly sessionId: string }) {
  const { t } = useTranslation();
  const { loaded, reload } = useLoaded(`log-${sessionId}`, ['audit', 'sessions'], (signal) =>
    cloud.sessionAudit(sessionId, signal),
  );
  return (
    <Card>
      <CardTitle component="h2">{t('session.log')}</CardTitle>
      <CardBody>
        <LoadedContent loaded={loaded} reload={reload}>
          {(entries) => (
            <AuditTable
              label={t('session.log')}
              entries={entries.toSorted((one, other) => other.sequence - one.sequence)}
              ofOneSession
            />
          )}
        </LoadedContent>
      </CardBody>
    </Card>
  );
}
