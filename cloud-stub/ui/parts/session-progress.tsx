import { USUAL_TUNNEL_MTU } from '@edgegateway/protocol/wire-values';
import { Card, CardBody, CardTitle, ProgressStep, ProgressStepper } from '@patternfly/react-core';
import { Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Session, SessionProgress } from '../../api/contract.ts';
import { type Format, useFormat } from '../language/format.ts';
import { unreachable } from '../unreachable.ts';
import { DataTable } from './data-table.tsx';
import { progressSteps, type Step, type StepState } from './progress-steps.ts';
import { GatewayProgressLabel } from './state-labels.tsx';
import type { GatewayName } from './use-gateway-names.ts';

const VARIANT = { done: 'success', current: 'info', pending: 'pending', failed: 'danger' } as const satisfies Record<
  StepState,
  string
>;

interface SessionProgressViewProps {
  readonly session: Session;
  readonly progress: SessionProgress;
  readonly nameOf: GatewayName;
}

export function SessionProgressView({ session, progress, nameOf }: SessionProgressViewProps) {
  const { t } = useTranslation();
  return (
    <Card>
      <CardTitle component="h2">{t('session.progress')}</CardTitle>
      <CardBody>
        <div aria-live="polite">
          <ProgressStepper aria-label={t('progress.steps')} className="steps">
            {progressSteps(session.state, progress).map((step) => {
              const text = stepText(step, progress, t);
              return (
                <ProgressStep
                  key={step.name}
                  id={`step-${step.name}`}
                  titleId={`step-${step.name}-title`}
                  variant={VARIANT[step.state]}
                  isCurrent={step.state === 'current'}
                  aria-label={`${text.title}: ${t(`progress.${step.state}`)}`}
                  description={text.more}
                >
                  {text.title}
                </ProgressStep>
              );
            })}
          </ProgressStepper>
        </div>
        <ConnectionTable progress={progress} nameOf={nameOf} />
      </CardBody>
    </Card>
  );
}

function stepText(step: Step, progress: SessionProgress, t: TFunction): { title: string; more: string } {
  switch (step.name) {
    case 'started':
      return { title: t('progress.started'), more: '' };
    case 'client':
      return step.state === 'done'
        ? {
            title: t('progress.client'),
            more: progress.computer === null ? '' : t('progress.clientOn', { computer: progress.computer }),
          }
        : { title: t('progress.clientWaiting'), more: '' };
    case 'gateways':
      if (step.state === 'failed') return { title: t('progress.gatewaysFailed'), more: '' };
      return { title: t(step.state === 'done' ? 'progress.gateways' : 'progress.gatewaysWaiting'), more: '' };
    case 'approval':
      if (step.state === 'failed') return { title: t('follow.approvedFailed'), more: '' };
      return { title: t(step.state === 'done' ? 'follow.approved' : 'follow.approvedWaiting'), more: '' };
    case 'relay': {
      const relay = progress.peers.find((peer) => peer.relay !== null)?.relay ?? null;
      if (step.state !== 'done') return { title: t('follow.relayWaiting'), more: '' };
      return { title: t('follow.relay'), more: relay === null ? '' : t('follow.relayAt', { relay }) };
    }
    case 'direct':
      return { title: t('follow.direct'), more: step.state === 'current' ? whyNotDirect(progress, t) : '' };
    case 'connected':
      return { title: t(step.state === 'done' ? 'progress.connected' : 'progress.connectedWaiting'), more: '' };
    default:
      return unreachable(step.name);
  }
}

/** Of several gateways the first one that has no direct path; the table has all. */
function whyNotDirect({ peers }: SessionProgress, t: TFunction): string {
  const reason = peers.find((peer) => peer.relayReason !== null && peer.relayReason !== 'searching')?.relayReason;
  return reason == null ? t('follow.directWaiting') : t('follow.overRelay', { why: t(`relayReason.${reason}`) });
}

function approvalText(
  approval: SessionProgress['approvals'][string] | undefined,
  t: TFunction,
  format: Format,
): string {
  if (approval === undefined) return '–';
  if (approval === null) return t('approval.asked');
  return t('approval.approvedBy', { by: approval.by, at: format.time(approval.at) });
}

function pathText(peer: SessionProgress['peers'][number] | undefined, t: TFunction): string {
  const path = t(`progress.${peer?.state === 'connected' ? (peer.path ?? 'noPath') : 'noPath'}`);
  // A client of before does not tell; said is only what is unusual.
  const bytes = peer?.mtu ?? USUAL_TUNNEL_MTU;
  return bytes >= USUAL_TUNNEL_MTU ? path : t('follow.pathAndSize', { path, bytes });
}

function ConnectionTable({ progress, nameOf }: Omit<SessionProgressViewProps, 'session'>) {
  const { t } = useTranslation();
  const format = useFormat();
  const asked = Object.keys(progress.approvals).length > 0;
  return (
    <DataTable aria-label={t('progress.table')} variant="compact" gridBreakPoint="grid-lg">
      <Thead>
        <Tr>
          <Th>{t('progress.gateway')}</Th>
          <Th>{t('common.state')}</Th>
          {asked && <Th>{t('approval.column')}</Th>}
          <Th>{t('progress.path')}</Th>
          <Th>{t('follow.roundTrip')}</Th>
          <Th>{t('progress.handshake')}</Th>
          <Th>{t('progress.received')}</Th>
          <Th>{t('progress.sent')}</Th>
        </Tr>
      </Thead>
      <Tbody>
        {Object.entries(progress.gateways).map(([registrationId, state]) => {
          const peer = progress.peers.find((one) => one.registrationId === registrationId);
          return (
            <Tr key={registrationId}>
              <Td dataLabel={t('progress.gateway')}>{nameOf(registrationId)}</Td>
              <Td dataLabel={t('common.state')}>
                <GatewayProgressLabel state={state} />
              </Td>
              {asked && (
                <Td dataLabel={t('approval.column')}>{approvalText(progress.approvals[registrationId], t, format)}</Td>
              )}
              <Td dataLabel={t('progress.path')}>
                {pathText(peer, t)}
                {peer?.relayReason != null && <div className="hint">{t(`relayReason.${peer.relayReason}`)}</div>}
              </Td>
              <Td dataLabel={t('follow.roundTrip')}>
                {peer?.roundTripMilliseconds == null
                  ? '–'
                  : t('follow.milliseconds', { count: Math.round(peer.roundTripMilliseconds) })}
              </Td>
              <Td dataLabel={t('progress.handshake')}>
                {peer?.lastHandshakeAt == null ? '–' : format.time(peer.lastHandshakeAt)}
              </Td>
              <Td dataLabel={t('progress.received')}>{format.bytes(peer?.receivedBytes ?? 0)}</Td>
              <Td dataLabel={t('progress.sent')}>{format.bytes(peer?.sentBytes ?? 0)}</Td>
            </Tr>
          );
        })}
      </Tbody>
    </DataTable>
  );
}
