import { Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { SessionRelease } from '../../api/contract.ts';
import { DataTable } from './data-table.tsx';
import { ReachedAs } from './reached-as.tsx';
import type { GatewayName } from './use-gateway-names.ts';

export function accessText({ protocol, port }: SessionRelease['target'], t: TFunction): string {
  if (protocol === undefined) return t('session.accessAll');
  const name = protocol.toUpperCase();
  return port === undefined
    ? t('session.accessProtocol', { protocol: name })
    : t('session.accessPort', { protocol: name, port });
}

interface ReleasedTableProps {
  readonly released: readonly SessionRelease[];
  readonly nameOf: GatewayName;
}

export function ReleasedTable({ released, nameOf }: ReleasedTableProps) {
  const { t } = useTranslation();
  return (
    <DataTable aria-label={t('session.releasedTable')} variant="compact" gridBreakPoint="grid-md">
      <Thead>
        <Tr>
          <Th>{t('session.device')}</Th>
          <Th>{t('session.address')}</Th>
          <Th>{t('session.access')}</Th>
          <Th>{t('session.gateway')}</Th>
        </Tr>
      </Thead>
      <Tbody>
        {released.map(({ device, gateway, target, reachedAs }) => (
          <Tr key={JSON.stringify([gateway, target])}>
            <Td dataLabel={t('session.device')}>{device ?? '–'}</Td>
            <Td dataLabel={t('session.address')}>
              <span className="mono">{target.address}</span>
              <ReachedAs address={target.address} reachedAs={reachedAs} />
            </Td>
            <Td dataLabel={t('session.access')}>{accessText(target, t)}</Td>
            <Td dataLabel={t('session.gateway')}>{nameOf(gateway)}</Td>
          </Tr>
        ))}
      </Tbody>
    </DataTable>
  );
}
