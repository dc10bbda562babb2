import { Button, PageSection, SearchInput, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import { PlusIcon } from '@patternfly/react-icons/dist/esm/icons/plus-icon';
import { Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { User } from '../../api/contract.ts';
import { cloud } from '../cloud/cloud.ts';
import { useUser } from '../cloud/login-context.tsx';
import { may } from '../cloud/rights.ts';
import { useLoaded } from '../cloud/use-loaded.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { LoadedContent } from '../parts/loaded-content.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { matchesSearch } from '../parts/search.ts';
import { UserStateLabel } from '../parts/state-labels.tsx';

export function UsersPage() {
  const { t } = useTranslation();
  const mayAdd = may(useUser().role, 'add-users');
  const { loaded, reload } = useLoaded('users', ['users'], cloud.users);
  return (
    <>
      <PageHeader
        title={t('users.title')}
        intro={t('users.intro')}
        {...(mayAdd
          ? {
              actions: (
                <LinkButton to="/users/new" icon={<PlusIcon />}>
                  {t('users.add')}
                </LinkButton>
              ),
            }
          : {})}
      />
      <PageSection isWidthLimited isFilled>
        <LoadedContent loaded={loaded} reload={reload}>
          {(users) => <UserTable users={users} mayRemove={mayAdd} changed={reload} />}
        </LoadedContent>
      </PageSection>
    </>
  );
}

interface UserTableProps {
  readonly users: readonly User[];
  readonly mayRemove: boolean;
  readonly changed: () => void;
}

function UserTable({ users, mayRemove, changed }: UserTableProps) {
  const { t } = useTranslation();
  const self = useUser();
  const [search, setSearch] = useState('');
  const [removing, setRemoving] = useState<User | null>(null);
  const shown = users.filter(({ name, email, role }) => matchesSearch(search, [name, email, t(`role.${role}`)]));
  return (
    <>
      <Toolbar>
        <ToolbarContent>
          <ToolbarItem className="search">
            <SearchInput
              aria-label={t('users.searchLabel')}
              placeholder={t('users.searchLabel')}
              resetButtonLabel={t('common.clearSearch')}
              value={search}
              onChange={(_event, text) => setSearch(text)}
              onClear={() => setSearch('')}
            />
          </ToolbarItem>
        </ToolbarContent>
      </Toolbar>
      <DataTable aria-label={t('users.table')} gridBreakPoint="grid-lg">
        <Thead>
          <Tr>
            <Th>{t('common.name')}</Th>
            <Th>{t('users.email')}</Th>
            <Th>{t('users.role')}</Th>
            <Th>{t('common.state')}</Th>
            {mayRemove && <Th>{t('common.actions')}</Th>}
          </Tr>
        </Thead>
        <Tbody>
          {shown.map((user) => (
            <Tr key={user.id}>
              <Td dataLabel={t('common.name')}>
                {mayRemove ? <Link to={`/users/${user.id}`}>{user.name}</Link> : user.name}
                {user.id === self.id && <span className="hint"> ({t('users.you')})</span>}
              </Td>
              <Td dataLabel={t('users.email')}>{user.email}</Td>
              <Td dataLabel={t('users.role')}>{t(`role.${user.role}`)}</Td>
              <Td dataLabel={t('common.state')}>
                <UserStateLabel state={user.state} />
              </Td>
              {mayRemove && (
                <Td dataLabel={t('common.actions')}>
                  {user.id !== self.id && (
                    <Button
                      variant="link"
                      isInline
                      isDanger
                      aria-label={t('users.removeUser', { name: user.name })}
                      onClick={() => setRemoving(user)}
                    >
                      {t('users.remove')}
                    </Button>
                  )}
                </Td>
              )}
            </Tr>
          ))}
        </Tbody>
      </DataTable>
      <output className="no-match">{shown.length === 0 && t('common.noMatch')}</output>
      {removing !== null && (
        <ConfirmDialog
          title={t('users.removeTitle', { name: removing.name })}
          body={t('users.removeBody')}
          confirm={t('users.removeConfirm')}
          act={async () => {
            await cloud.removeUser(removing.id);
            changed();
          }}
          close={() => setRemoving(null)}
        />
      )}
    </>
  );
}
