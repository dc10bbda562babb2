import { ActionGroup, Button, Form, PageSection } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import type { Session, User } from '../../api/contract.ts';
import { cloud } from '../cloud/cloud.ts';
import { sessionRules } from '../cloud/session-rules.ts';
import { useAction } from '../cloud/use-action.ts';
import { useLoaded } from '../cloud/use-loaded.ts';
import { LinkButton } from '../parts/link-button.tsx';
import { LoadedContent } from '../parts/loaded-content.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Problem } from '../parts/problem.tsx';
import { OWN_ZONE, RulesFields } from '../parts/rules-fields.tsx';
import { SessionAboutFields } from '../parts/session-about-fields.tsx';
import { draftOf, editOf, isName } from '../parts/session-draft.ts';
import { isRunning } from '../parts/session-running.ts';
import { SessionUsersFields } from '../parts/session-users-fields.tsx';
import { useCheckedForm } from '../parts/use-checked-form.ts';

export function EditSessionPage() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  // Not loaded again while it is edited: what was typed would be lost.
  const { loaded, reload } = useLoaded(`edit-${id}`, [], async (signal) => {
    const [session, users] = await Promise.all([cloud.session(id, signal), cloud.users(signal)]);
    return { session, users };
  });
  const crumbs = [
    { to: '/sessions', text: t('sessions.title') },
    ...(loaded.state === 'loaded' ? [{ to: `/sessions/${id}`, text: loaded.value.session.name }] : []),
  ];
  return (
    <>
      <PageHeader title={t('editSession.title')} crumbs={crumbs} />
      <PageSection isWidthLimited isFilled>
        <LoadedContent loaded={loaded} reload={reload}>
          {({ session, users }) =>
            isRunning(session.state) ? (
              <Notice variant="warning" title={t('editSession.running')} component="p" />
            ) : (
              <EditSessionForm key={session.id} session={session} users={users} />
            )
          }
        </LoadedContent>
      </PageSection>
    </>
  );
}

function EditSessionForm({ session, users }: { readonly session: Session; readonly users: readonly User[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [draft, setDraft] = useState(() => draftOf(session, OWN_ZONE));
  const action = useAction();
  const edit = editOf(draft);
  // Whoever was chosen stays choosable, whatever the role is by now.
  const chosenBefore = session.users.map(({ id }) => id);
  const selectable = users.filter(({ id, role }) => role === 'remoteconnect-user' || chosenBefore.includes(id));
  const form = useCheckedForm(
    {
      name: isName(draft.name) ? null : t('newSession.nameWrong'),
      rules: edit === null && isName(draft.name) ? t('rules.title') : null,
    },
    () =>
      action.run(async () => {
        if (edit === null) return;
        await sessionRules.edit(session.id, edit);
        await navigate(`/sessions/${session.id}`);
      }),
  );
  return (
    <Form noValidate onSubmit={form.submit} aria-label={t('editSession.title')} className="wide-form">
      <SessionAboutFields draft={draft} change={setDraft} nameError={form.error('name')} />
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
          {t('editSession.submit')}
        </Button>
        <LinkButton to={`/sessions/${session.id}`} variant="link">
          {t('common.cancel')}
        </LinkButton>
      </ActionGroup>
    </Form>
  );
}
