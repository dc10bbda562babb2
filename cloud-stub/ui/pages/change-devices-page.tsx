import { ActionGroup, Button, Form, PageSection } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import type { Gateway, Session } from '../../api/contract.ts';
import { cloud } from '../cloud/cloud.ts';
import { useAction } from '../cloud/use-action.ts';
import { useLoaded } from '../cloud/use-loaded.ts';
import { LinkButton } from '../parts/link-button.tsx';
import { LoadedContent } from '../parts/loaded-content.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Problem } from '../parts/problem.tsx';
import { choiceOf, releasesOf } from '../parts/release-choice.ts';
import { ReleasePicker } from '../parts/release-picker.tsx';
import { isRunning } from '../parts/session-running.ts';
import { useCheckedForm } from '../parts/use-checked-form.ts';

export function ChangeDevicesPage() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const { loaded, reload } = useLoaded(`devices-of-${id}`, ['gateways'], async (signal) => {
    const [session, gateways] = await Promise.all([cloud.session(id, signal), cloud.gateways(signal)]);
    return { session, gateways };
  });
  const crumbs = [
    { to: '/sessions', text: t('sessions.title') },
    ...(loaded.state === 'loaded' ? [{ to: `/sessions/${id}`, text: loaded.value.session.name }] : []),
  ];
  return (
    <>
      <PageHeader title={t('changeDevices.title')} crumbs={crumbs} />
      <PageSection isWidthLimited isFilled>
        <LoadedContent loaded={loaded} reload={reload}>
          {({ session, gateways }) => <ChangeDevicesForm key={session.id} session={session} gateways={gateways} />}
        </LoadedContent>
      </PageSection>
    </>
  );
}

interface ChangeDevicesFormProps {
  readonly session: Session;
  readonly gateways: readonly Gateway[];
}

function ChangeDevicesForm({ session, gateways }: ChangeDevicesFormProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [choice, setChoice] = useState(() => choiceOf(session.released, gateways));
  const action = useAction();
  const releases = releasesOf(choice, gateways);
  const form = useCheckedForm(
    { released: releases === null || releases.length === 0 ? t('release.missing') : null },
    () =>
      action.run(async () => {
        await cloud.release(session.id, releases ?? []);
        await navigate(`/sessions/${session.id}`);
      }),
  );
  const running = isRunning(session.state);
  return (
    <Form noValidate onSubmit={form.submit} aria-label={t('changeDevices.title')} className="wide-form">
      {running && <Notice variant="info" title={t('changeDevices.running')} component="p" />}
      <ReleasePicker gateways={gateways} choice={choice} change={setChoice} checked={form.error('released') !== null} />
      <Problem error={action.error} />
      <ActionGroup>
        <Button type="submit" isLoading={action.running} isDisabled={action.running}>
          {t('changeDevices.submit')}
        </Button>
        <LinkButton to={`/sessions/${session.id}`} variant="link">
          {t('common.cancel')}
        </LinkButton>
      </ActionGroup>
    </Form>
  );
}
