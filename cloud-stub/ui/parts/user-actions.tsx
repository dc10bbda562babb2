import {
  ActionGroup,
  Button,
  Card,
  CardBody,
  CardTitle,
  Content,
  Flex,
  Form,
  Stack,
  StackItem,
} from '@patternfly/react-core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { UserDetails } from '../../api/contract/account.ts';
import { type Invitation, type Role, role as roles } from '../../api/contract.ts';
import { accountCloud } from '../cloud/account-cloud.ts';
import { cloud } from '../cloud/cloud.ts';
import { useUser } from '../cloud/login-context.tsx';
import { useAction } from '../cloud/use-action.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { SelectField } from './form-fields.tsx';
import { LinkButton } from './link-button.tsx';
import { Problem } from './problem.tsx';

/** What is asked once more, because it cuts somebody off. */
type Asked = 'disable' | 'reset-factor' | 'remove';

interface UserActionsProps {
  readonly details: UserDetails;
  readonly changed: (details: UserDetails) => void;
  readonly issued: (invitation: Invitation) => void;
}

export function UserActions({ details, changed, issued }: UserActionsProps) {
  const { t } = useTranslation();
  const self = useUser();
  const { user } = details;
  if (user.id === self.id)
    return (
      <Card>
        <CardBody>
          <Stack hasGutter>
            <StackItem>{t('user.yourself')}</StackItem>
            <StackItem>
              <LinkButton to="/account" variant="secondary">
                {t('account.title')}
              </LinkButton>
            </StackItem>
          </Stack>
        </CardBody>
      </Card>
    );
  return (
    <Stack hasGutter>
      <StackItem>
        <RoleCard key={user.role} details={details} changed={changed} />
      </StackItem>
      <StackItem>
        <AccessCard details={details} changed={changed} issued={issued} />
      </StackItem>
    </Stack>
  );
}

function RoleCard({ details, changed }: Pick<UserActionsProps, 'details' | 'changed'>) {
  const { t } = useTranslation();
  const { id, role } = details.user;
  const [wanted, setWanted] = useState<Role>(role);
  const action = useAction();
  function submit(event: FormEvent): void {
    event.preventDefault();
    void action.run(async () => changed(await accountCloud.changeRole(id, wanted)));
  }
  return (
    <Card>
      <CardTitle component="h2">{t('users.role')}</CardTitle>
      <CardBody>
        <Form onSubmit={submit} aria-label={t('user.changeRole')} className="form-in-card">
          <SelectField
            id="user-role"
            label={t('users.role')}
            hint={t(`roleMeaning.${wanted}`)}
            value={wanted}
            change={setWanted}
            options={roles.options.toReversed().map((value) => ({ value, text: t(`role.${value}`) }))}
          />
          <Problem error={action.error} />
          <ActionGroup>
            <Button
              type="submit"
              variant="secondary"
              isLoading={action.running}
              isDisabled={action.running || wanted === role}
            >
              {t('user.changeRole')}
            </Button>
          </ActionGroup>
        </Form>
      </CardBody>
    </Card>
  );
}

function AccessCard({ details, changed, issued }: UserActionsProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<Asked | null>(null);
  const action = useAction();
  const { id, name, state } = details.user;
  const mayHaveCode = state !== 'disabled' && (details.hasPassword || !details.hasSingleSignOn);
  async function act(confirmed: Asked): Promise<void> {
    switch (confirmed) {
      case 'disable':
        changed(await accountCloud.disableUser(id));
        return;
      case 'reset-factor':
        changed(await accountCloud.resetSecondFactor(id));
        return;
      case 'remove':
        await cloud.removeUser(id);
        await navigate('/users');
    }
  }
  return (
    <Card>
      <CardTitle component="h2">{t('user.access')}</CardTitle>
      <CardBody>
        <Stack hasGutter>
          <StackItem>
            <Content component="p">{t('user.accessBody')}</Content>
            <Problem error={action.error} />
          </StackItem>
          <StackItem>
            <Flex gap={{ default: 'gapMd' }}>
              {mayHaveCode && (
                <Button
                  variant="secondary"
                  isDisabled={action.running}
                  onClick={() => void action.run(async () => issued(await accountCloud.inviteAgain(id)))}
                >
                  {t(state === 'invited' ? 'user.inviteAgain' : 'user.resetPassword')}
                </Button>
              )}
              {details.hasSecondFactor && (
                <Button variant="secondary" onClick={() => setAsked('reset-factor')}>
                  {t('user.reset-factor.confirm')}
                </Button>
              )}
              {state === 'disabled' ? (
                <Button
                  variant="secondary"
                  isDisabled={action.running}
                  onClick={() => void action.run(async () => changed(await accountCloud.enableUser(id)))}
                >
                  {t('user.enable')}
                </Button>
              ) : (
                <Button variant="secondary" isDanger onClick={() => setAsked('disable')}>
                  {t('user.disable.confirm')}
                </Button>
              )}
              <Button variant="link" isDanger onClick={() => setAsked('remove')}>
                {t('users.removeConfirm')}
              </Button>
            </Flex>
          </StackItem>
        </Stack>
      </CardBody>
      {asked !== null && (
        <ConfirmDialog
          title={asked === 'remove' ? t('users.removeTitle', { name }) : t(`user.${asked}.title`, { name })}
          body={asked === 'remove' ? t('users.removeBody') : t(`user.${asked}.body`)}
          confirm={asked === 'remove' ? t('users.removeConfirm') : t(`user.${asked}.confirm`)}
          act={() => act(asked)}
          close={() => setAsked(null)}
        />
      )}
    </Card>
  );
}
