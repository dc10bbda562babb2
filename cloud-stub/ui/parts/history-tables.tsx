/** The tables of a session's history. */
import { Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import type { PathStep, SessionFlow, SessionRun } from '../../api/contract/history.ts';
import { useFormat } from '../language/format.ts';
import { DataTable } from './data-table.tsx';

function Time({ at, from }: { readonly at: string | null; readonly from?: string | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (at === null) return '–';
  return (
    <>
      <time dateTime={at}>{format.time(at)}</time>
      {from != null && <div className="hint">{t('history.from', { address: from })}</div>}
    </>
  );
}

export function RunTable({ runs }: { readonly runs: readonly SessionRun[] }) {
  const { t } = useTranslation();
  if (runs.length === 0) return <p className="hint">{t('history.noRuns')}</p>;
  return (
    <DataTable aria-label={t('history.runsTable')} variant="compact" gridBreakPoint="grid-lg">
      <Thead>
        <Tr>
          <Th>{t('history.startedBy')}</Th>
          <Th>{t('history.started')}</Th>
          <Th>{t('history.clientOpened')}</Th>
          <Th>{t('history.computer')}</Th>
          <Th>{t('history.ended')}</Th>
        </Tr>
      </Thead>
      <Tbody>
        {runs.map((run) => (
          <Tr key={run.startedAt}>
            <Td dataLabel={t('history.startedBy')}>
              {run.startedBy === null ? t('common.unknown') : `${run.startedBy.name} (${run.startedBy.email})`}
            </Td>
            <Td dataLabel={t('history.started')}>
              <Time at={run.startedAt} from={run.startedFrom} />
            </Td>
            <Td dataLabel={t('history.clientOpened')}>
              <Time at={run.clientOpenedAt} from={run.clientFrom} />
            </Td>
            <Td dataLabel={t('history.computer')}>
              {run.computer ?? '–'}
              {run.clientAddress !== null && <div className="hint mono">{run.clientAddress}</div>}
            </Td>
            <Td dataLabel={t('history.ended')}>
              {run.endedAt === null ? t('history.running') : <Time at={run.endedAt} />}
            </Td>
          </Tr>
        ))}
      </Tbody>
    </DataTable>
  );
}

const STEP_TEXT = {
  connected: 'history.stepConnected',
  changed: 'history.stepChanged',
  lost: 'history.stepLost',
} as const satisfies Record<PathStep['step'], string>;

export function PathTable({ paths }: { readonly paths: readonly PathStep[] }) {
  const { t } = useTranslation();
  if (paths.length === 0) return <p className="hint">{t('history.noPaths')}</p>;
  return (
    <DataTable aria-label={t('history.pathsTable')} variant="compact" gridBreakPoint="grid-md">
      <Thead>
        <Tr>
          <Th>{t('audit.at')}</Th>
          <Th>{t('history.step')}</Th>
          <Th>{t('history.by')}</Th>
        </Tr>
      </Thead>
      <Tbody>
        {paths.map(({ at, by, step, path }) => (
          <Tr key={`${at} ${by} ${step}`}>
            <Td dataLabel={t('audit.at')}>
              <Time at={at} />
            </Td>
            <Td dataLabel={t('history.step')}>
              {t(STEP_TEXT[step], { path: path === null ? '' : t(`progress.${path}`) })}
            </Td>
            <Td dataLabel={t('history.by')}>{by}</Td>
          </Tr>
        ))}
      </Tbody>
    </DataTable>
  );
}

export function FlowTable({ flows }: { readonly flows: readonly SessionFlow[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (flows.length === 0) return <p className="hint">{t('history.noFlows')}</p>;
  const bytes = (count: number | null, refused: boolean) =>
    refused ? '–' : count === null ? t('history.notTold') : format.bytes(count);
  return (
    <DataTable aria-label={t('history.flowsTable')} variant="compact" gridBreakPoint="grid-lg">
      <Thead>
        <Tr>
          <Th>{t('audit.at')}</Th>
          <Th>{t('session.device')}</Th>
          <Th>{t('history.port')}</Th>
          <Th>{t('session.access')}</Th>
          <Th>{t('history.toDevice')}</Th>
          <Th>{t('history.toClient')}</Th>
          <Th>{t('history.ended')}</Th>
        </Tr>
      </Thead>
      <Tbody>
        {flows.map((flow, place) => (
          // oxlint-disable-next-line react/no-array-index-key -- the list only grows, and flows may begin at the same time
          <Tr key={place}>
            <Td dataLabel={t('audit.at')}>
              <Time at={flow.openedAt} />
            </Td>
            <Td dataLabel={t('session.device')}>
              {flow.device ?? '–'}
              <div className="hint mono">{flow.address}</div>
            </Td>
            <Td dataLabel={t('history.port')}>
              {[flow.protocol.toUpperCase(), ...(flow.port === null ? [] : [flow.port])].join(' ')}
            </Td>
            <Td dataLabel={t('session.access')}>{t(flow.refused ? 'history.refused' : 'history.allowed')}</Td>
            <Td dataLabel={t('history.toDevice')}>{bytes(flow.bytesToDevice, flow.refused)}</Td>
            <Td dataLabel={t('history.toClient')}>{bytes(flow.bytesToClient, flow.refused)}</Td>
            <Td dataLabel={t('history.ended')}>
              <Time at={flow.closedAt} />
            </Td>
          </Tr>
        ))}
      </Tbody>
    </DataTable>
  );
}
