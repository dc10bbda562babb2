import {
  ActionGroup,
  Button,
  Card,
  CardBody,
  CardTitle,
  Content,
  Flex,
  Form,
  PageSection,
} from '@patternfly/react-core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Invitation, newUser, type Role, role as roles } from '../../api/contract.ts';
import { cloud } from '../cloud/cloud.ts';
import { useAction } from '../cloud/use-action.ts';
import { useFormat } from '../language/format.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { SelectField, TextField } from '../parts/form-fields.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Problem } from '../parts/problem.tsx';
import { useCheckedForm } from '../parts/use-checked-form.ts';

export function NewUserPage() {
  const { t } = useTranslation();
  const [invitation, setInvitation] = useState<Invitation | null>(null);
  return (
    <>
      <PageHeader title={t('newUser.title')} crumbs={[{ to: '/users', text: t('users.title') }]} />
      <PageSection isWidthLimited isFilled>
        {invitation === null ? <NewUserForm invited={setInvitation} /> : <InvitationCode invitation={invitation} />}
      </PageSection>
    </>
  );
}

function NewUserForm({ invited }: { readonly invited: (invitation: Invitation) => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('remoteconnect-user');
  const action = useAction();
  const form = useCheckedForm(
    {
      name: newUser.shape.name.safeParse(name).success ? null : t('newUser.nameWrong'),
      email: newUser.shape.email.safeParse(email.trim()).success ? null : t('newUser.emailWrong'),
    },
    () => action.run(async () => invited(await cloud.addUser({ name: name.trim(), email: email.trim(), role }))),
  );
  return (
    <Form noValidate onSubmit={form.submit} aria-label={t('newUser.title')} isWidthLimited>
      <TextField
        id="user-name"
        label={t('newUser.name')}
        required
        value={name}
        change={setName}
        error={form.error('name')}
      />
      <TextField
        id="user-email"
        label={t('newUser.email')}
        type="email"
        required
        value={email}
        change={setEmail}
        error={form.error('email')}
      />
      <SelectField
        id="user-role"
        label={t('newUser.role')}
        hint={t(`roleMeaning.${role}`)}
        value={role}
        change={setRole}
        options={roles.options.toReversed().map((value) => ({ value, text: t(`role.${value}`) }))}
      />
      <Problem error={action.error} />
      <ActionGroup>
        <Button type="submit" isLoading={action.running} isDisabled={action.running}>
          {t('newUser.submit')}
        </Button>
        <LinkButton to="/users" variant="link">
          {t('common.cancel')}
        </LinkButton>
      </ActionGroup>
    </Form>
  );
}

function InvitationCode({ invitation }: { readonly invitation: Invitation }) {
  const { t } = useTranslation();
  const format = useFormat();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <Card>
      <CardTitle>
        <h2 tabIndex={-1} ref={heading}>
          {t('newUser.doneTitle', { name: invitation.user.name })}
        </h2>
      </CardTitle>
      <CardBody>
        <Content component="p">
          {t('newUser.doneBody', {
            until: format.time(invitation.expiresAt),
            address: `${window.location.origin}/invitation`,
          })}
        </Content>
        <p className="one-time-code">
          <span id="invitation-code-label">{t('newUser.code')}</span>
          <output className="mono" aria-labelledby="invitation-code-label">
            {invitation.code}
          </output>
        </p>
        <Flex gap={{ default: 'gapMd' }} alignItems={{ default: 'alignItemsCenter' }}>
          <CopyButton text={invitation.code} label={t('newUser.copy')} />
          <LinkButton to="/users" variant="link">
            {t('newUser.done')}
          </LinkButton>
        </Flex>
      </CardBody>
    </Card>
  );
}
