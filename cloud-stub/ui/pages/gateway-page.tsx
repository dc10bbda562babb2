import {
  Button,
  Card,
  CardBody,
  CardTitle,
  EmptyState,
  EmptyStateBody,
  Flex,
  PageSection,
  Stack,
  StackItem,
} from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import type { Gateway } from '../../api/contract.ts';
import { cloud } from '../cloud/cloud.ts';
import { useUser } from '../cloud/login-context.tsx';
import { may } from '../cloud/rights.ts';
import { useLoaded } from '../cloud/use-loaded.ts';
import { useFormat } from '../language/format.ts';
import { AdmissionActions } from '../parts/admission-actions.tsx';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { DetailsCard } from '../parts/details-card.tsx';
import { DeviceTable } from '../parts/device-table.tsx';
import { EndAllSessions } from '../parts/end-all-sessions.tsx';
import { LoadedContent } from '../parts/loaded-content.tsx';
import { NewDeviceForm } from '../parts/new-device-form.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { ScanCard } from '../parts/scan-card.tsx';
import { GatewayStateLabel } from '../parts/state-labels.tsx';

export function GatewayPage() {
  const { t } = useTranslation();
  const { registrationId = '' } = useParams();
  const { loaded, reload } = useLoaded('gateways', ['gateways'], cloud.gateways);
  const gateways = loaded.state === 'loaded' ? loaded.value : [];
  const gateway = gateways.find((one) => one.registrationId === registrationId);
  const crumbs = [{ to: '/gateways', text: t('gateways.title') }];
  if (gateway !== undefined)
    return <GatewayView gateway={gateway} gateways={gateways} crumbs={crumbs} reload={reload} />;
  return (
    <>
      <PageHeader title={registrationId} crumbs={crumbs} />
      <PageSection isWidthLimited isFilled>
        <LoadedContent loaded={loaded} reload={reload}>
          {() => (
            <EmptyState titleText={t('common.notFound')} headingLevel="h2">
              <EmptyStateBody>{t('gateway.missing')}</EmptyStateBody>
            </EmptyState>
          )}
        </LoadedContent>
      </PageSection>
    </>
  );
}

interface GatewayViewProps {
  readonly gateway: Gateway;
  readonly gateways: readonly Gateway[];
  readonly crumbs: readonly { readonly to: string; readonly text: string }[];
  readonly reload: () => void;
}

function GatewayView({ gateway, gateways, crumbs, reload }: GatewayViewProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const [removing, setRemoving] = useState(false);
  const user = useUser();
  const mayAdd = may(user.role, 'add-devices');
  const details = [
    { term: t('gateways.registrationId'), value: <span className="mono">{gateway.registrationId}</span> },
    {
      term: t('gateways.lastSeen'),
      value: gateway.lastSeenAt === null ? t('gatewayState.never') : format.time(gateway.lastSeenAt),
    },
    { term: t('gateways.version'), value: gateway.version ?? t('common.unknown') },
    {
      term: t('gateway.networks'),
      value: gateway.localNetworks.length === 0 ? t('common.unknown') : gateway.localNetworks.join(', '),
    },
  ];
  return (
    <>
      <PageHeader
        title={gateway.name}
        label={<GatewayStateLabel state={gateway.state} />}
        intro={[
          t(`gatewayStateMeaning.${gateway.state}`),
          ...(gateway.state === 'waiting' && mayAdd ? [t('enrolment.acceptHint')] : []),
        ].join(' ')}
        crumbs={crumbs}
        actions={
          <Flex gap={{ default: 'gapSm' }}>
            {may(user.role, 'create-sessions') && <EndAllSessions gateway={gateway} />}
            {mayAdd && <AdmissionActions gateway={gateway} changed={reload} />}
            {mayAdd && (
              <Button variant="secondary" isDanger onClick={() => setRemoving(true)}>
                {t('gateway.removeGateway')}
              </Button>
            )}
          </Flex>
        }
      />
      <PageSection isWidthLimited isFilled>
        <Stack hasGutter>
          <StackItem>
            <Card>
              <CardTitle component="h2">{t('gateway.devices')}</CardTitle>
              <CardBody>
                <DeviceTable devices={gateway.devices} gateways={gateways} mayChange={mayAdd} changed={reload} />
              </CardBody>
            </Card>
          </StackItem>
          {mayAdd && (
            <StackItem>
              <Card>
                <CardTitle component="h2">{t('gateway.addDevice')}</CardTitle>
                <CardBody>
                  <NewDeviceForm registrationId={gateway.registrationId} added={reload} />
                </CardBody>
              </Card>
            </StackItem>
          )}
          {mayAdd && (
            <StackItem>
              <ScanCard gateway={gateway} changed={reload} />
            </StackItem>
          )}
          <StackItem>
            <DetailsCard title={t('gateway.details')} details={details} />
          </StackItem>
        </Stack>
      </PageSection>
      {removing && (
        <ConfirmDialog
          title={t('gateway.removeGatewayTitle', { name: gateway.name })}
          body={t('gateway.removeGatewayBody')}
          confirm={t('gateway.removeGateway')}
          act={async () => {
            await cloud.removeGateway(gateway.registrationId);
            await navigate('/gateways');
          }}
          close={() => setRemoving(false)}
        />
      )}
    </>
  );
}
