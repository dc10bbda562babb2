import { Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { AuditEntry } from '../../api/contract.ts';
import { auditActionText } from '../language/audit-actions.ts';
import { useFormat } from '../language/format.ts';
import { detailTexts } from './audit-details.ts';
import { DataTable } from './data-table.tsx';

interface AuditTableProps {
  readonly label: string;
  readonly entries: readonly AuditEntry[];
  /** Leaves out the link that would be the same in every row. */
  readonly ofOneSession?: boolean;
}

export function AuditTable({ label, entries, ofOneSession = false }: AuditTableProps) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  if (entries.length === 0) return <p className="hint">{t('audit.empty')}</p>;
  return (
    <DataTable aria-label={label} variant="compact" gridBreakPoint="grid-xl" className="audit-table">
      <Thead>
        <Tr>
          <Th width={15}>{t('audit.at')}</Th>
          <Th width={25}>{t('audit.actor')}</Th>
          <Th width={20}>{t('audit.action')}</Th>
          <Th width={40}>{t('audit.details')}</Th>
        </Tr>
      </Thead>
      <Tbody>
        {entries.map((entry) => (
          <Tr key={entry.sequence}>
            <Td dataLabel={t('audit.at')}>
              <time dateTime={entry.at}>{format.time(entry.at)}</time>
            </Td>
            <Td dataLabel={t('audit.actor')}>
              {entry.actor}
              {entry.origin !== null && <div className="hint">{t('audit.origin', { address: entry.origin })}</div>}
            </Td>
            <Td dataLabel={t('audit.action')}>
              {auditActionText(entry.action, i18n.language)}
              {entry.gateway !== null && !entry.actor.includes(entry.gateway) && (
                <div className="hint">{t('audit.gateway', { gateway: entry.gateway })}</div>
              )}
              {entry.sessionId !== null && !ofOneSession && (
                <div>
                  <Link to={`/sessions/${entry.sessionId}`}>{t('audit.openSession')}</Link>
                </div>
              )}
            </Td>
            <Td dataLabel={t('audit.details')}>
              <span className="audit-details">{detailTexts(entry.details).join(' · ') || '–'}</span>
            </Td>
          </Tr>
        ))}
      </Tbody>
    </DataTable>
  );
}
