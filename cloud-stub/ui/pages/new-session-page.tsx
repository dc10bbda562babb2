import { ActionGroup, Button, Form, FormSection, PageSection } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Gateway, User } from '../../api/contract.ts';
import { cloud } from '../cloud/cloud.ts';
import { useAction } from '../cloud/use-action.ts';
import { useLoaded } from '../cloud/use-loaded.ts';
import { LinkButton } from '../parts/link-button.tsx';
import { LoadedContent } from '../parts/loaded-content.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Problem } from '../parts/problem.tsx';
import { NOTHING_CHOSEN, releasesOf } from '../parts/release-choice.ts';
import { ReleasePicker } from '../parts/release-picker.tsx';
import { OWN_ZONE, RulesFields } from '../parts/rules-fields.tsx';
import { SessionAboutFields } from '../parts/session-about-fields.tsx';
import { editOf, isName, newDraft } from '../parts/session-draft.ts';
import { SessionUsersFields } from '../parts/session-users-fields.tsx';
import { useCheckedForm } from '../parts/use-checked-form.ts';

export function NewSessionPage() {
  const { t } = useTranslation();
  const { loaded, reload } = useLoaded('new-session', ['gateways', 'users'], async (signal) => {
    const [gateways, users] = await Promise.all([cloud.gateways(signal), cloud.users(signal)]);
    return { gateways, users };
  });
  return (
    <>
      <PageHeader title={t('newSession.title')} crumbs={[{ to: '/sessions', text: t('sessions.title') }]} />
      <PageSection isWidthLimited isFilled>
        <LoadedContent loaded={loaded} reload={reload}>
          {({ gateways, users }) => <NewSessionForm gateways={gateways} users={users} />}
        </LoadedContent>
      </PageSection>
    </>
  );
}

interface NewSessionFormProps {
  readonly gateways: readonly Gateway[];
  readonly users: readonly User[];
}

function NewSessionForm({ gateways, users }: NewSessionFormProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [draft, setDraft] = useState(() => newDraft(OWN_ZONE));
  const [choice, setChoice] = useState(NOTHING_CHOSEN);
  const action = useAction();
  const releases = releasesOf(choice, gateways);
  const edit = editOf(draft);
  const selectable = users.filter(({ role }) => role === 'remoteconnect-user');
  const form = useCheckedForm(
    {
      name: isName(draft.name) ? null : t('newSession.nameWrong'),
      rules: edit === null && isName(draft.name) ? t('rules.title') : null,
      released: releases === null || releases.length === 0 ? t('release.missing') : null,
    },
    () =>
      action.run(async () => {
        if (edit === null) return;
        const created = await cloud.addSession({
          ...edit,
          released: releases ?? [],
          users: selectable.map(({ id }) => id).filter((id) => edit.users.includes(id)),
        });
        await navigate(`/sessions/${created.id}`);
      }),
  );
  return (
    <Form noValidate onSubmit={form.submit} aria-label={t('newSession.title')} className="wide-form">
      <SessionAboutFields draft={draft} change={setDraft} nameError={form.error('name')} />
      <FormSection title={t('release.title')} titleElement="h2">
        <ReleasePicker
          gateways={gateways}
          choice={choice}
          change={setChoice}
          checked={form.error('released') !== null}
        />
      </FormSection>
      <SessionUsersFields
        users={selectable}
        chosen={draft.users}
        change={(chosen) => setDraft({ ...draft, users: chosen })}
      />
      <RulesFields
        rules={draft.rules}
        change={(rules) => setDraft({ ...draft, rules })}
        checked={form.error('rules') !== null}
      />
      <Problem error={action.error} />
      <ActionGroup>
        <Button type="submit" isLoading={action.running} isDisabled={action.running}>
          {t('newSession.submit')}
        </Button>
        <LinkButton to="/sessions" variant="link">
          {t('common.cancel')}
        </LinkButton>
      </ActionGroup>
    </Form>
  );
}
