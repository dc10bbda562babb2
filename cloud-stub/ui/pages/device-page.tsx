/** Changes a device behind a gateway. */
import { ActionGroup, Button, EmptyState, EmptyStateBody, Form, PageSection } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import type { Device } from '../../api/contract/devices.ts';
import { cloud } from '../cloud/cloud.ts';
import { useAction } from '../cloud/use-action.ts';
import { useLoaded } from '../cloud/use-loaded.ts';
import { deviceOfDraft, draftOf } from '../parts/device-draft.ts';
import { DeviceFields } from '../parts/device-fields.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { LoadedContent } from '../parts/loaded-content.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Problem } from '../parts/problem.tsx';
import { useCheckedForm } from '../parts/use-checked-form.ts';
import { useDeviceErrors } from '../parts/use-device-errors.ts';

export function DevicePage() {
  const { t } = useTranslation();
  const { registrationId = '', id = '' } = useParams();
  const { loaded, reload } = useLoaded('gateways', ['gateways'], cloud.gateways);
  const gateways = loaded.state === 'loaded' ? loaded.value : [];
  const gateway = gateways.find((one) => one.registrationId === registrationId);
  const crumbs = [
    { to: '/gateways', text: t('gateways.title') },
    { to: `/gateways/${registrationId}`, text: gateway?.name ?? registrationId },
  ];
  return (
    <>
      <PageHeader title={t('device.change')} crumbs={crumbs} />
      <PageSection isWidthLimited isFilled>
        <LoadedContent loaded={loaded} reload={reload}>
          {() => {
            const device = gateway?.devices.find((one) => one.id === id);
            if (device !== undefined) return <ChangeDeviceForm key={device.id} device={device} />;
            return (
              <EmptyState titleText={t('common.notFound')} headingLevel="h2">
                <EmptyStateBody>{t('device.missing')}</EmptyStateBody>
              </EmptyState>
            );
          }}
        </LoadedContent>
      </PageSection>
    </>
  );
}

function ChangeDeviceForm({ device }: { readonly device: Device }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [draft, setDraft] = useState(() => draftOf(device));
  const action = useAction();
  const back = `/gateways/${device.gateway}`;
  const form = useCheckedForm(useDeviceErrors(draft), () =>
    action.run(async () => {
      await cloud.changeDevice(device.id, deviceOfDraft(draft));
      await navigate(back);
    }),
  );
  return (
    <Form noValidate onSubmit={form.submit} aria-label={t('device.change')} className="form-in-card">
      <DeviceFields draft={draft} change={setDraft} error={form.error} isExpanded />
      <Problem error={action.error} />
      <ActionGroup>
        <Button type="submit" isLoading={action.running} isDisabled={action.running}>
          {t('device.save')}
        </Button>
        <LinkButton to={back} variant="link">
          {t('common.cancel')}
        </LinkButton>
      </ActionGroup>
    </Form>
  );
}
