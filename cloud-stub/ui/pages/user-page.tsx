/** One user, and what an administrator does with it. */
import { PageSection, Stack, StackItem } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import type { UserDetails } from '../../api/contract/account.ts';
import type { Invitation } from '../../api/contract.ts';
import { accountCloud } from '../cloud/account-cloud.ts';
import { useLoaded } from '../cloud/use-loaded.ts';
import { useFormat } from '../language/format.ts';
import { DetailsCard } from '../parts/details-card.tsx';
import { InvitationCode } from '../parts/invitation-code.tsx';
import { LoadedContent } from '../parts/loaded-content.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { UserStateLabel } from '../parts/state-labels.tsx';
import { UserActions } from '../parts/user-actions.tsx';

export function UserPage() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const { loaded, reload, replace } = useLoaded(`user ${id}`, ['users'], (signal) => accountCloud.user(id, signal));
  const [code, setCode] = useState<Invitation | null>(null);
  const name = loaded.state === 'loaded' ? loaded.value.user.name : t('users.user');
  return (
    <>
      <PageHeader
        title={name}
        crumbs={[{ to: '/users', text: t('users.title') }]}
        {...(loaded.state === 'loaded' ? { label: <UserStateLabel state={loaded.value.user.state} /> } : {})}
      />
      <PageSection isWidthLimited isFilled>
        <LoadedContent loaded={loaded} reload={reload}>
          {(details) => (
            <Stack hasGutter>
              {code !== null && (
                <StackItem>
                  <InvitationCode key={code.code} invitation={code} done={() => setCode(null)} />
                </StackItem>
              )}
              <StackItem>
                <Details details={details} />
              </StackItem>
              <StackItem>
                <UserActions details={details} changed={replace} issued={setCode} />
              </StackItem>
            </Stack>
          )}
        </LoadedContent>
      </PageSection>
    </>
  );
}

function Details({ details }: { readonly details: UserDetails }) {
  const { t } = useTranslation();
  const format = useFormat();
  const time = (at: string | null) => (at === null ? t('common.none') : format.time(at));
  const yes = (is: boolean) => t(is ? 'common.yes' : 'common.no');
  return (
    <DetailsCard
      title={t('user.details')}
      details={[
        { term: t('users.email'), value: details.user.email },
        { term: t('users.role'), value: t(`role.${details.user.role}`) },
        { term: t('user.lastLogin'), value: time(details.lastLoginAt) },
        { term: t('user.activeLogins'), value: details.activeLogins },
        { term: t('user.hasPassword'), value: yes(details.hasPassword) },
        { term: t('secondFactor.title'), value: yes(details.hasSecondFactor) },
        { term: t('user.hasSingleSignOn'), value: yes(details.hasSingleSignOn) },
        { term: t('user.invitedUntil'), value: time(details.invitationExpiresAt) },
      ]}
    />
  );
}
