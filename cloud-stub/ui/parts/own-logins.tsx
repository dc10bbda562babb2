import { Button, Card, CardBody, CardTitle, Content, Stack, StackItem } from '@patternfly/react-core';
import { Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import type { OwnLogin } from '../../api/contract/account.ts';
import { accountCloud } from '../cloud/account-cloud.ts';
import { useAction } from '../cloud/use-action.ts';
import { useLoaded } from '../cloud/use-loaded.ts';
import { useFormat } from '../language/format.ts';
import { DataTable } from './data-table.tsx';
import { LoadedContent } from './loaded-content.tsx';
import { Problem } from './problem.tsx';

export function OwnLogins() {
  const { t } = useTranslation();
  const { loaded, reload } = useLoaded('own-logins', [], accountCloud.logins);
  return (
    <Card>
      <CardTitle component="h2">{t('account.logins')}</CardTitle>
      <CardBody>
        <LoadedContent loaded={loaded} reload={reload}>
          {(logins) => <LoginTable logins={logins} changed={reload} />}
        </LoadedContent>
      </CardBody>
    </Card>
  );
}

function LoginTable({ logins, changed }: { readonly logins: readonly OwnLogin[]; readonly changed: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const action = useAction();
  async function end(work: () => Promise<void>): Promise<void> {
    if (await action.run(work)) changed();
  }
  return (
    <Stack hasGutter>
      <StackItem>
        <Content component="p">{t('account.loginsIntro')}</Content>
        <Problem error={action.error} />
      </StackItem>
      <StackItem>
        <DataTable aria-label={t('account.logins')} variant="compact" gridBreakPoint="grid-lg">
          <Thead>
            <Tr>
              <Th>{t('account.browser')}</Th>
              <Th>{t('account.address')}</Th>
              <Th>{t('account.since')}</Th>
              <Th>{t('account.lastUsed')}</Th>
              <Th>{t('common.actions')}</Th>
            </Tr>
          </Thead>
          <Tbody>
            {logins.map((login) => (
              <Tr key={login.id}>
                <Td dataLabel={t('account.browser')}>{login.browser === '' ? t('common.unknown') : login.browser}</Td>
                <Td dataLabel={t('account.address')}>{login.address}</Td>
                <Td dataLabel={t('account.since')}>{format.time(login.createdAt)}</Td>
                <Td dataLabel={t('account.lastUsed')}>{format.time(login.lastUsedAt)}</Td>
                <Td dataLabel={t('common.actions')}>
                  {login.isThisOne ? (
                    t('account.thisLogin')
                  ) : (
                    <Button
                      variant="link"
                      isInline
                      isDanger
                      isDisabled={action.running}
                      aria-label={t('account.endLoginFrom', { address: login.address })}
                      onClick={() => void end(() => accountCloud.endLogin(login.id))}
                    >
                      {t('account.endLogin')}
                    </Button>
                  )}
                </Td>
              </Tr>
            ))}
          </Tbody>
        </DataTable>
      </StackItem>
      {logins.some(({ isThisOne }) => !isThisOne) && (
        <StackItem>
          <Button
            variant="secondary"
            isDisabled={action.running}
            onClick={() => void end(() => accountCloud.endOtherLogins())}
          >
            {t('account.endOthers')}
          </Button>
        </StackItem>
      )}
    </Stack>
  );
}
