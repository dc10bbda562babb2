import {
  Button,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  FormSelect,
  FormSelectOption,
  PageSection,
} from '@patternfly/react-core';
import { CubesIcon } from '@patternfly/react-icons/dist/esm/icons/cubes-icon';
import { PlusIcon } from '@patternfly/react-icons/dist/esm/icons/plus-icon';
import { Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Session } from '../../api/contract.ts';
import { cloud } from '../cloud/cloud.ts';
import { useUser } from '../cloud/login-context.tsx';
import { may } from '../cloud/rights.ts';
import { useFilter } from '../cloud/use-filter.ts';
import { useLoaded } from '../cloud/use-loaded.ts';
import { usePages } from '../cloud/use-pages.ts';
import { useFormat } from '../language/format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { FilterBar } from '../parts/filter-bar.tsx';
import { FilterSelect, FilterTime, SearchField } from '../parts/filter-fields.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { LoadedContent } from '../parts/loaded-content.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Problem } from '../parts/problem.tsx';
import { SessionStateLabel } from '../parts/state-labels.tsx';

const FILTERS = {
  all: [],
  running: ['starting', 'waiting-for-approval', 'active'],
  prepared: ['prepared'],
  past: ['ended', 'expired'],
} as const satisfies Record<string, readonly Session['state'][]>;
type Filter = keyof typeof FILTERS;

const FILTER_NAMES = ['all', 'running', 'prepared', 'past'] as const satisfies readonly Filter[];

const FILTER_TEXT = {
  all: 'sessions.filterAll',
  running: 'sessions.filterRunning',
  prepared: 'sessions.filterPrepared',
  past: 'sessions.filterPast',
} as const;

const NAMES = ['search', 'state', 'user', 'gateway', 'from', 'to'] as const;
const PAGE = 50;
const MOST = 200;

type SessionFilterState = ReturnType<typeof useFilter<(typeof NAMES)[number]>>;

/** The group whose states these are. */
function filterOf(states: string): Filter {
  return FILTER_NAMES.find((name) => FILTERS[name].join(',') === states) ?? 'all';
}

export function SessionsPage() {
  const { t } = useTranslation();
  const user = useUser();
  const mayCreate = may(user.role, 'create-sessions');
  const filter = useFilter(NAMES);
  const { loaded, reload, older, loadOlder } = usePages({
    key: `sessions ${filter.query}`,
    topics: ['sessions'],
    size: PAGE,
    most: MOST,
    load: (last: Session | null, limit, signal) => cloud.sessions(filter.query, last?.id ?? null, limit, signal),
  });
  const create = (
    <LinkButton to="/sessions/new" icon={<PlusIcon />}>
      {t('sessions.create')}
    </LinkButton>
  );
  const empty = loaded.state === 'loaded' && loaded.value.items.length === 0 && !filter.isSet;
  return (
    <>
      <PageHeader
        title={t('sessions.title')}
        intro={t('sessions.intro')}
        {...(mayCreate && !empty ? { actions: create } : {})}
      />
      <PageSection isWidthLimited isFilled>
        {!empty && <SessionFilterBar filter={filter} />}
        <LoadedContent loaded={loaded} reload={reload}>
          {({ items, complete }) =>
            empty ? (
              <EmptyState titleText={t('sessions.emptyTitle')} headingLevel="h2" icon={CubesIcon}>
                <EmptyStateBody>{t(mayCreate ? 'sessions.emptyCreate' : 'sessions.emptyUser')}</EmptyStateBody>
                {mayCreate && (
                  <EmptyStateFooter>
                    <EmptyStateActions>{create}</EmptyStateActions>
                  </EmptyStateFooter>
                )}
              </EmptyState>
            ) : (
              <>
                <SessionTable sessions={items} />
                <Problem error={older.error} />
                {!complete && (
                  <Button
                    variant="secondary"
                    className="log-end"
                    isLoading={older.running}
                    isDisabled={older.running}
                    onClick={() => void loadOlder()}
                  >
                    {t('sessions.more')}
                  </Button>
                )}
              </>
            )
          }
        </LoadedContent>
      </PageSection>
    </>
  );
}

function SessionFilterBar({ filter }: { readonly filter: SessionFilterState }) {
  const { t } = useTranslation();
  const user = useUser();
  const { values, set } = filter;
  const { search: _search, state: _state, ...further } = values;
  const gateways = useLoaded('gateways', ['gateways'], cloud.gateways).loaded;
  const field = (name: (typeof NAMES)[number]) => ({
    id: `sessions-${name}`,
    value: values[name] ?? '',
    change: (value: string) => set(name, value),
  });
  return (
    <FilterBar
      search={<SearchField {...field('search')} label={t('sessions.searchLabel')} />}
      tools={[
        <FormSelect
          key="state"
          aria-label={t('sessions.filter')}
          value={filterOf(values.state ?? '')}
          onChange={(_event, chosen) => {
            const name = FILTER_NAMES.find((one) => one === chosen) ?? 'all';
            set('state', name === 'all' ? '' : FILTERS[name].join(','));
          }}
        >
          {FILTER_NAMES.map((name) => (
            <FormSelectOption key={name} value={name} label={t(FILTER_TEXT[name])} />
          ))}
        </FormSelect>,
      ]}
      isFiltered={Object.keys(further).length > 0}
      isSet={filter.isSet}
      clear={filter.clear}
    >
      {may(user.role, 'see-users') && <UserFilter {...field('user')} />}
      <FilterSelect
        {...field('gateway')}
        label={t('session.gateway')}
        all={t('filter.all')}
        options={
          gateways.state === 'loaded'
            ? gateways.value.map(({ registrationId, name }) => ({ value: registrationId, text: name }))
            : []
        }
      />
      <FilterTime {...field('from')} label={t('filter.from')} />
      <FilterTime {...field('to')} label={t('filter.to')} />
    </FilterBar>
  );
}

function UserFilter(field: { readonly id: string; readonly value: string; readonly change: (value: string) => void }) {
  const { t } = useTranslation();
  const users = useLoaded('users', ['users'], cloud.users).loaded;
  const options =
    users.state === 'loaded'
      ? users.value.map(({ id, name, email }) => ({ value: id, text: `${name} (${email})` }))
      : [];
  return <FilterSelect {...field} label={t('filter.person')} all={t('filter.all')} options={options} />;
}

function SessionTable({ sessions: shown }: { readonly sessions: readonly Session[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <DataTable aria-label={t('sessions.table')} gridBreakPoint="grid-lg">
        <Thead>
          <Tr>
            <Th>{t('common.name')}</Th>
            <Th>{t('common.state')}</Th>
            <Th>{t('sessions.released')}</Th>
            <Th>{t('sessions.users')}</Th>
            <Th>{t('sessions.lastRun')}</Th>
          </Tr>
        </Thead>
        <Tbody>
          {shown.map((session) => (
            <Tr key={session.id}>
              <Td dataLabel={t('common.name')}>
                <Link to={`/sessions/${session.id}`}>{session.name}</Link>
              </Td>
              <Td dataLabel={t('common.state')}>
                <SessionStateLabel state={session.state} />
              </Td>
              <Td dataLabel={t('sessions.released')}>
                {t('sessions.releasedCount', { count: session.released.length })}
              </Td>
              <Td dataLabel={t('sessions.users')}>
                {session.users.length === 0 ? t('common.none') : format.list(session.users.map(({ name }) => name))}
              </Td>
              <Td dataLabel={t('sessions.lastRun')}>
                {session.startedAt === null ? t('sessions.neverRun') : format.time(session.startedAt)}
              </Td>
            </Tr>
          ))}
        </Tbody>
      </DataTable>
      <output className="no-match">{shown.length === 0 && t('common.noMatch')}</output>
    </>
  );
}
