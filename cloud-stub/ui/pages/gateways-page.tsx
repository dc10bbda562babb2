import {
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  Flex,
  PageSection,
  SearchInput,
  Toolbar,
  ToolbarContent,
  ToolbarItem,
} from '@patternfly/react-core';
import { PlusIcon } from '@patternfly/react-icons/dist/esm/icons/plus-icon';
import { ServerIcon } from '@patternfly/react-icons/dist/esm/icons/server-icon';
import { Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Gateway } from '../../api/contract.ts';
import { cloud } from '../cloud/cloud.ts';
import { useUser } from '../cloud/login-context.tsx';
import { may } from '../cloud/rights.ts';
import { useLoaded } from '../cloud/use-loaded.ts';
import { useFormat } from '../language/format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { LoadedContent } from '../parts/loaded-content.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { matchesSearch } from '../parts/search.ts';
import { GatewayStateLabel } from '../parts/state-labels.tsx';

export function GatewaysPage() {
  const { t } = useTranslation();
  const user = useUser();
  const mayAdd = may(user.role, 'add-devices');
  const { loaded, reload } = useLoaded('gateways', ['gateways'], cloud.gateways);
  const add = (
    <LinkButton to="/gateways/new" icon={<PlusIcon />}>
      {t('gateways.add')}
    </LinkButton>
  );
  const empty = loaded.state === 'loaded' && loaded.value.length === 0;
  return (
    <>
      <PageHeader
        title={t('gateways.title')}
        intro={t('gateways.intro')}
        {...(mayAdd
          ? {
              actions: (
                <Flex gap={{ default: 'gapSm' }}>
                  {!empty && add}
                  <LinkButton to="/gateways/groups" variant="secondary">
                    {t('enrolment.link')}
                  </LinkButton>
                </Flex>
              ),
            }
          : {})}
      />
      <PageSection isWidthLimited isFilled>
        <LoadedContent loaded={loaded} reload={reload}>
          {(gateways) =>
            gateways.length === 0 ? (
              <EmptyState titleText={t('gateways.emptyTitle')} headingLevel="h2" icon={ServerIcon}>
                <EmptyStateBody>{t(mayAdd ? 'gateways.emptyAdd' : 'gateways.emptyOther')}</EmptyStateBody>
                {mayAdd && (
                  <EmptyStateFooter>
                    <EmptyStateActions>{add}</EmptyStateActions>
                  </EmptyStateFooter>
                )}
              </EmptyState>
            ) : (
              <GatewayTable gateways={gateways} />
            )
          }
        </LoadedContent>
      </PageSection>
    </>
  );
}

function GatewayTable({ gateways }: { readonly gateways: readonly Gateway[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [search, setSearch] = useState('');
  const shown = gateways.filter(({ name, registrationId, devices }) =>
    matchesSearch(search, [name, registrationId, ...devices.flatMap((device) => [device.name, device.address])]),
  );
  return (
    <>
      <Toolbar>
        <ToolbarContent>
          <ToolbarItem className="search">
            <SearchInput
              aria-label={t('gateways.searchLabel')}
              placeholder={t('gateways.searchLabel')}
              resetButtonLabel={t('common.clearSearch')}
              value={search}
              onChange={(_event, text) => setSearch(text)}
              onClear={() => setSearch('')}
            />
          </ToolbarItem>
        </ToolbarContent>
      </Toolbar>
      <DataTable aria-label={t('gateways.table')} gridBreakPoint="grid-lg">
        <Thead>
          <Tr>
            <Th>{t('common.name')}</Th>
            <Th>{t('common.state')}</Th>
            <Th>{t('gateways.registrationId')}</Th>
            <Th>{t('gateways.devices')}</Th>
            <Th>{t('gateways.lastSeen')}</Th>
          </Tr>
        </Thead>
        <Tbody>
          {shown.map((gateway) => (
            <Tr key={gateway.registrationId}>
              <Td dataLabel={t('common.name')}>
                <Link to={`/gateways/${encodeURIComponent(gateway.registrationId)}`}>{gateway.name}</Link>
              </Td>
              <Td dataLabel={t('common.state')}>
                <GatewayStateLabel state={gateway.state} />
              </Td>
              <Td dataLabel={t('gateways.registrationId')}>
                <span className="mono">{gateway.registrationId}</span>
              </Td>
              <Td dataLabel={t('gateways.devices')}>{gateway.devices.length}</Td>
              <Td dataLabel={t('gateways.lastSeen')}>
                {gateway.lastSeenAt === null ? '–' : format.time(gateway.lastSeenAt)}
              </Td>
            </Tr>
          ))}
        </Tbody>
      </DataTable>
      <output className="no-match">{shown.length === 0 && t('common.noMatch')}</output>
    </>
  );
}
