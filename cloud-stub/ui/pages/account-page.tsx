/** One's own account: password, second factor, logins. */
import { PageSection, Stack, StackItem } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { accountCloud } from '../cloud/account-cloud.ts';
import { useUser } from '../cloud/login-context.tsx';
import { useLoaded } from '../cloud/use-loaded.ts';
import { DetailsCard } from '../parts/details-card.tsx';
import { LoadedContent } from '../parts/loaded-content.tsx';
import { OwnLogins } from '../parts/own-logins.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { PasswordCard } from '../parts/password-card.tsx';
import { SecondFactorCard } from '../parts/second-factor-card.tsx';

export function AccountPage() {
  const { t } = useTranslation();
  const user = useUser();
  const { loaded, reload } = useLoaded('account', ['users'], accountCloud.account);
  return (
    <>
      <PageHeader title={t('account.title')} intro={t('account.intro')} />
      <PageSection isWidthLimited isFilled>
        <LoadedContent loaded={loaded} reload={reload}>
          {(account) => (
            <Stack hasGutter>
              <StackItem>
                <DetailsCard
                  title={t('account.who')}
                  details={[
                    { term: t('common.name'), value: user.name },
                    { term: t('users.email'), value: user.email },
                    { term: t('users.role'), value: t(`role.${user.role}`) },
                  ]}
                />
              </StackItem>
              {account.hasPassword && (
                <>
                  <StackItem>
                    <SecondFactorCard factor={account.secondFactor} changed={reload} />
                  </StackItem>
                  <StackItem>
                    <PasswordCard />
                  </StackItem>
                </>
              )}
              <StackItem>
                <OwnLogins />
              </StackItem>
            </Stack>
          )}
        </LoadedContent>
      </PageSection>
    </>
  );
}
