import { Button, PageSection } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { actorKind } from '../../api/contract/history.ts';
import type { AuditEntry } from '../../api/contract.ts';
import { AUDIT_PAGE, cloud } from '../cloud/cloud.ts';
import { useFilter } from '../cloud/use-filter.ts';
import { useLoaded } from '../cloud/use-loaded.ts';
import { usePages } from '../cloud/use-pages.ts';
import { auditActionOptions } from '../language/audit-actions.ts';
import { AuditTable } from '../parts/audit-table.tsx';
import { ExportLink } from '../parts/export-links.tsx';
import { FilterBar } from '../parts/filter-bar.tsx';
import { FilterSelect, FilterText, FilterTime, SearchField } from '../parts/filter-fields.tsx';
import { LoadedContent } from '../parts/loaded-content.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Problem } from '../parts/problem.tsx';

const FILTERS = ['search', 'from', 'to', 'kind', 'actor', 'action', 'gateway', 'origin', 'session'] as const;
const MOST = 1000;

const KIND_TEXT = {
  users: 'audit.kindUsers',
  gateways: 'audit.kindGateways',
  clients: 'audit.kindClients',
  cloud: 'audit.kindCloud',
} as const;

type AuditFilterState = ReturnType<typeof useFilter<(typeof FILTERS)[number]>>;

export function AuditPage() {
  const { t } = useTranslation();
  const filter = useFilter(FILTERS);
  const { loaded, reload, older, loadOlder } = usePages({
    key: `audit ${filter.query}`,
    topics: ['audit'],
    size: AUDIT_PAGE,
    most: MOST,
    load: (last: AuditEntry | null, limit, signal) => cloud.audit(filter.query, last?.sequence ?? null, limit, signal),
  });
  return (
    <>
      <PageHeader title={t('audit.title')} intro={t('audit.intro')} />
      <PageSection isFilled>
        <AuditFilterBar filter={filter} />
        <LoadedContent loaded={loaded} reload={reload}>
          {({ items, complete }) => (
            <>
              <output className="hint block">
                {items.length === 0 && filter.isSet ? t('common.noMatch') : t('audit.loaded', { count: items.length })}
              </output>
              {(items.length > 0 || !filter.isSet) && <AuditTable label={t('audit.table')} entries={items} />}
              <Problem error={older.error} />
              {complete ? (
                <p className="hint log-end">{t('audit.allLoaded')}</p>
              ) : (
                <Button
                  variant="secondary"
                  className="log-end"
                  isLoading={older.running}
                  isDisabled={older.running}
                  onClick={() => void loadOlder()}
                >
                  {t('audit.more')}
                </Button>
              )}
            </>
          )}
        </LoadedContent>
      </PageSection>
    </>
  );
}

function AuditFilterBar({ filter }: { readonly filter: AuditFilterState }) {
  const { t, i18n } = useTranslation();
  const { values, set, query } = filter;
  const { search: _search, ...further } = values;
  const gateways = useLoaded('gateways', ['gateways'], cloud.gateways).loaded;
  const users = useLoaded('users', ['users'], cloud.users).loaded;
  const field = (name: (typeof FILTERS)[number]) => ({
    id: `audit-${name}`,
    value: values[name] ?? '',
    change: (value: string) => set(name, value),
  });
  return (
    <FilterBar
      search={<SearchField {...field('search')} label={t('audit.searchLabel')} />}
      tools={(['csv', 'jsonl'] as const).map((format) => (
        <ExportLink key={format} path="/api/audit/export" query={query} format={format} />
      ))}
      isFiltered={Object.keys(further).length > 0}
      isSet={filter.isSet}
      clear={filter.clear}
    >
      <FilterTime {...field('from')} label={t('filter.from')} />
      <FilterTime {...field('to')} label={t('filter.to')} />
      <FilterSelect
        {...field('kind')}
        label={t('audit.kind')}
        all={t('audit.kindAll')}
        options={actorKind.options.map((value) => ({ value, text: t(KIND_TEXT[value]) }))}
      />
      <FilterSelect
        {...field('actor')}
        label={t('filter.person')}
        all={t('filter.all')}
        options={
          users.state === 'loaded'
            ? users.value.map(({ name, email }) => ({ value: `${name} <${email}>`, text: `${name} (${email})` }))
            : []
        }
      />
      <FilterSelect
        {...field('action')}
        label={t('audit.action')}
        all={t('filter.all')}
        options={auditActionOptions(i18n.language)}
      />
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
      <FilterText {...field('origin')} label={t('filter.origin')} />
      <FilterText {...field('session')} label={t('filter.session')} />
    </FilterBar>
  );
}
