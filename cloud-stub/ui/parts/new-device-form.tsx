import { ActionGroup, Button, Form } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { cloud } from '../cloud/cloud.ts';
import { useAction } from '../cloud/use-action.ts';
import { deviceOfDraft, NO_DEVICE } from './device-draft.ts';
import { DeviceFields } from './device-fields.tsx';
import { Problem } from './problem.tsx';
import { useCheckedForm } from './use-checked-form.ts';
import { useDeviceErrors } from './use-device-errors.ts';

interface NewDeviceFormProps {
  readonly registrationId: string;
  readonly added: () => void;
}

export function NewDeviceForm({ registrationId, added }: NewDeviceFormProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(NO_DEVICE);
  const [told, setTold] = useState('');
  const action = useAction();
  const form = useCheckedForm(useDeviceErrors(draft), async () => {
    setTold('');
    const wanted = deviceOfDraft(draft);
    const done = await action.run(async () => {
      await cloud.addDevice(registrationId, wanted);
    });
    if (!done) return false;
    setTold(t('gateway.deviceAdded', { name: wanted.name }));
    setDraft({ ...NO_DEVICE, kind: draft.kind });
    added();
    document.getElementById('device-name')?.focus();
    return true;
  });
  return (
    <Form noValidate onSubmit={form.submit} aria-label={t('gateway.addDevice')} className="form-in-card">
      <DeviceFields draft={draft} change={setDraft} error={form.error} isExpanded={false} />
      <Problem error={action.error} />
      <ActionGroup>
        <Button type="submit" variant="secondary" isLoading={action.running} isDisabled={action.running}>
          {t('gateway.submitDevice')}
        </Button>
      </ActionGroup>
      <output className="told">{told}</output>
    </Form>
  );
}
