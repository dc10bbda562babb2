import { Button, Card, CardBody, CardTitle, Flex, PageSection, Stack, StackItem } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import { type Session, type StartRefusal, startRefusal } from '../../api/contract.ts';
import { cloud } from '../cloud/cloud.ts';
import { CloudError } from '../cloud/request.ts';
import { sessionRules } from '../cloud/session-rules.ts';
import { useAction } from '../cloud/use-action.ts';
import { type LoadedHook, useLoaded } from '../cloud/use-loaded.ts';
import { useFormat } from '../language/format.ts';
import { preconditionText } from '../language/refusals.ts';
import { stateWhyText } from '../language/state-why.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { LoadedContent } from '../parts/loaded-content.tsx';
import { Notice } from '../parts/notice.tsx';
import { OpenClient } from '../parts/open-client.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Problem } from '../parts/problem.tsx';
import { ReachableDevices } from '../parts/reachable-devices.tsx';
import { ReleasedTable } from '../parts/released-table.tsx';
import { SessionDetails } from '../parts/session-details.tsx';
import { SessionLog } from '../parts/session-log.tsx';
import { SessionProgressView } from '../parts/session-progress.tsx';
import { isRunning } from '../parts/session-running.ts';
import { ClientDownload, StartChecksCard } from '../parts/start-checks.tsx';
import { SessionStateLabel } from '../parts/state-labels.tsx';
import { useGatewayNames } from '../parts/use-gateway-names.ts';
import { unreachable } from '../unreachable.ts';

export function SessionPage() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const hook = useLoaded(`session-${id}`, ['sessions'], (signal) => cloud.session(id, signal));
  const crumbs = [{ to: '/sessions', text: t('sessions.title') }];
  if (hook.loaded.state === 'loaded')
    return <SessionView key={id} session={hook.loaded.value} replace={hook.replace} crumbs={crumbs} />;
  return (
    <>
      <PageHeader title={t('sessions.title')} crumbs={crumbs} />
      <PageSection isWidthLimited isFilled>
        <LoadedContent loaded={hook.loaded} reload={hook.reload}>
          {() => null}
        </LoadedContent>
      </PageSection>
    </>
  );
}

interface SessionViewProps {
  readonly session: Session;
  readonly replace: LoadedHook<Session>['replace'];
  readonly crumbs: readonly { readonly to: string; readonly text: string }[];
}

function SessionView({ session, replace, crumbs }: SessionViewProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const [ending, setEnding] = useState(false);
  const [prompt, setPrompt] = useState<Prompt>({ state: 'none' });
  const start = useAction();
  const duplicate = useAction();
  const nameOf = useGatewayNames();
  const running = isRunning(session.state);
  const waitsForClient = session.state === 'starting' && (session.progress?.ticketRedeemedAt ?? null) === null;
  const refusal = refusalOf(start.error);

  async function startSession(): Promise<void> {
    await start.run(async () => {
      const answer = await cloud.startSession(session.id);
      setPrompt({ state: 'open', link: answer.link });
      replace(answer.session);
    });
  }

  async function duplicateSession(): Promise<void> {
    await duplicate.run(async () => {
      const copy = await sessionRules.duplicate(session.id);
      await navigate(`/sessions/${copy.id}/edit`);
    });
  }

  const why = stateWhyText(session, t, format);
  const actions = (
    <Flex gap={{ default: 'gapSm' }}>
      <LinkButton to={`/sessions/${session.id}/history`} variant="secondary">
        {t('history.open')}
      </LinkButton>
      {session.may.change && (
        <LinkButton to={`/sessions/${session.id}/devices`} variant="secondary">
          {t('session.change')}
        </LinkButton>
      )}
      {session.may.change && !running && (
        <LinkButton to={`/sessions/${session.id}/edit`} variant="secondary">
          {t('editSession.action')}
        </LinkButton>
      )}
      {session.may.change && (
        <Button
          variant="secondary"
          isLoading={duplicate.running}
          isDisabled={duplicate.running}
          onClick={() => void duplicateSession()}
        >
          {t('editSession.duplicate')}
        </Button>
      )}
      {session.may.start && (!running || (waitsForClient && prompt.state !== 'open')) && (
        <Button isLoading={start.running} isDisabled={start.running} onClick={() => void startSession()}>
          {t('session.start')}
        </Button>
      )}
      {session.may.end && running && (
        <Button variant="danger" onClick={() => setEnding(true)}>
          {t('session.end')}
        </Button>
      )}
    </Flex>
  );
  return (
    <>
      <PageHeader
        title={session.name}
        label={<SessionStateLabel state={session.state} />}
        {...(why === '' ? {} : { intro: why })}
        crumbs={crumbs}
        actions={actions}
      />
      <PageSection isWidthLimited isFilled>
        <output className="screen-reader">
          {t('session.stateChanged', { state: t(`sessionState.${session.state}`) })}
        </output>
        <Stack hasGutter>
          {start.error !== null && (
            <StackItem>{refusal === null ? <Problem error={start.error} /> : <Missing refusal={refusal} />}</StackItem>
          )}
          {duplicate.error !== null && (
            <StackItem>
              <Problem error={duplicate.error} />
            </StackItem>
          )}
          {!running && session.may.start && (
            <StackItem>
              <StartChecksCard sessionId={session.id} />
            </StackItem>
          )}
          {session.stateWhy?.code === 'waiting-for-approval' && (
            <StackItem>
              <Notice variant="info" title={t('approval.title')} component="h2">
                {t('approval.body', { until: format.time(session.stateWhy.until) })}
              </Notice>
            </StackItem>
          )}
          {waitsForClient && (
            <StackItem>
              <ClientPrompt prompt={prompt} over={() => setPrompt({ state: 'over' })} />
              <ClientDownload sessionId={session.id} />
            </StackItem>
          )}
          {running && session.progress !== null && (
            <StackItem>
              <SessionProgressView session={session} progress={session.progress} nameOf={nameOf} />
            </StackItem>
          )}
          {session.state === 'active' && (
            <StackItem>
              <ReachableDevices released={session.released} />
            </StackItem>
          )}
          <StackItem>
            <Card>
              <CardTitle component="h2">{t('session.released')}</CardTitle>
              <CardBody>
                <ReleasedTable released={session.released} nameOf={nameOf} />
              </CardBody>
            </Card>
          </StackItem>
          <StackItem>
            <SessionDetails session={session} />
          </StackItem>
          <StackItem>
            <SessionLog sessionId={session.id} />
          </StackItem>
        </Stack>
      </PageSection>
      {ending && (
        <ConfirmDialog
          title={t('session.endTitle')}
          body={t('session.endBody', { name: session.name })}
          confirm={t('session.end')}
          act={async () => replace(await cloud.endSession(session.id))}
          close={() => setEnding(false)}
        />
      )}
    </>
  );
}

/** The link exists only in the answer to the start, so a page that was loaded later has none. */
type Prompt =
  | { readonly state: 'none' }
  | { readonly state: 'open'; readonly link: string }
  | { readonly state: 'over' };

function ClientPrompt({ prompt, over }: { readonly prompt: Prompt; readonly over: () => void }) {
  const { t } = useTranslation();
  switch (prompt.state) {
    case 'none':
      return <Notice variant="info" title={t('session.noLink')} component="p" />;
    case 'open':
      return <OpenClient key={prompt.link} link={prompt.link} over={over} />;
    case 'over':
      return (
        <div role="alert">
          <Notice variant="warning" title={t('open.overTitle')} component="h2">
            {t('open.over')}
          </Notice>
        </div>
      );
    default:
      return unreachable(prompt);
  }
}

function refusalOf(error: unknown): StartRefusal | null {
  return error instanceof CloudError ? (startRefusal.safeParse(error.body).data ?? null) : null;
}

function Missing({ refusal }: { readonly refusal: StartRefusal }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  return (
    <div role="alert">
      <Notice variant="warning" title={t('session.missingTitle')} component="h2">
        <ul className="missing">
          {refusal.missing.map((missing) => (
            <li key={`${missing.precondition} ${missing.gateway ?? ''}`}>
              {preconditionText(missing, i18n.language, format.time)}
            </li>
          ))}
        </ul>
      </Notice>
    </div>
  );
}
