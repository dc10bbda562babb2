/** Everything about one session on one page, also on paper (C7). */
import { Button, Card, CardBody, CardTitle, Flex, PageSection, Stack, StackItem } from '@patternfly/react-core';
import { PrintIcon } from '@patternfly/react-icons/dist/esm/icons/print-icon';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import type { SessionHistory } from '../../api/contract/history.ts';
import { cloud } from '../cloud/cloud.ts';
import { useLoaded } from '../cloud/use-loaded.ts';
import { useFormat } from '../language/format.ts';
import { AuditTable } from '../parts/audit-table.tsx';
import { ExportLink } from '../parts/export-links.tsx';
import { FlowTable, PathTable, RunTable } from '../parts/history-tables.tsx';
import { LoadedContent } from '../parts/loaded-content.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { ReleasedTable } from '../parts/released-table.tsx';
import { SessionDetails } from '../parts/session-details.tsx';
import { SessionStateLabel } from '../parts/state-labels.tsx';
import { useGatewayNames } from '../parts/use-gateway-names.ts';

export function SessionHistoryPage() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const { loaded, reload } = useLoaded(`history-${id}`, ['sessions', 'audit'], async (signal) => ({
    history: await cloud.sessionHistory(id, signal),
    loadedAt: new Date().toISOString(),
  }));
  if (loaded.state === 'loaded') return <HistoryView {...loaded.value} />;
  return (
    <>
      <PageHeader title={t('history.open')} crumbs={[{ to: '/sessions', text: t('sessions.title') }]} />
      <PageSection isWidthLimited isFilled>
        <LoadedContent loaded={loaded} reload={reload}>
          {() => null}
        </LoadedContent>
      </PageSection>
    </>
  );
}

function HistoryView({ history, loadedAt }: { readonly history: SessionHistory; readonly loadedAt: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const nameOf = useGatewayNames();
  const { session, runs, paths, flows, steps, isComplete } = history;
  const crumbs = [
    { to: '/sessions', text: t('sessions.title') },
    { to: `/sessions/${session.id}`, text: session.name },
  ];
  const actions = (
    <Flex gap={{ default: 'gapSm' }} className="no-print">
      <Button variant="secondary" icon={<PrintIcon />} onClick={() => window.print()}>
        {t('history.print')}
      </Button>
      {(['csv', 'jsonl'] as const).map((kind) => (
        <ExportLink key={kind} path={`/api/sessions/${session.id}/export`} query="" format={kind} />
      ))}
    </Flex>
  );
  return (
    <>
      <PageHeader
        title={t('history.title', { name: session.name })}
        label={<SessionStateLabel state={session.state} />}
        intro={t('history.intro')}
        crumbs={crumbs}
        actions={actions}
      />
      <PageSection isWidthLimited isFilled>
        <Stack hasGutter>
          <StackItem className="only-print">
            <p>{t('history.printed', { at: format.time(loadedAt) })}</p>
            <p className="mono">{session.id}</p>
          </StackItem>
          {!isComplete && (
            <StackItem>
              <Notice variant="warning" title={t('history.incomplete')} />
            </StackItem>
          )}
          <StackItem>
            <SessionDetails session={session} />
          </StackItem>
          <Section title={t('session.released')}>
            <ReleasedTable released={session.released} nameOf={nameOf} />
          </Section>
          <Section title={t('history.runs')}>
            <RunTable runs={runs} />
          </Section>
          <Section title={t('history.paths')}>
            <PathTable paths={paths} />
          </Section>
          <Section title={t('history.flows')}>
            <FlowTable flows={flows} />
          </Section>
          <Section title={t('history.steps')}>
            <AuditTable
              label={t('history.stepsTable')}
              entries={steps.map(({ occurredAt, entry }) => ({ ...entry, at: occurredAt }))}
              ofOneSession
            />
          </Section>
        </Stack>
      </PageSection>
    </>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <StackItem>
      <Card>
        <CardTitle component="h2">{title}</CardTitle>
        <CardBody>{children}</CardBody>
      </Card>
    </StackItem>
  );
}
