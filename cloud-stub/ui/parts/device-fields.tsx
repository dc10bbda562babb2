/** The fields of a device: what is always needed first, the rest on demand. */
import { Checkbox, ExpandableSection } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { deviceKind } from '../../api/contract/devices.ts';
import type { DeviceDraft, DraftField } from './device-draft.ts';
import { SelectField, TextAreaField, TextField } from './form-fields.tsx';
import { ServiceRows } from './service-rows.tsx';

interface DeviceFieldsProps {
  readonly draft: DeviceDraft;
  readonly change: (draft: DeviceDraft) => void;
  readonly error: (field: DraftField) => string | null;
  readonly isExpanded: boolean;
}

export function DeviceFields({ draft, change, error, isExpanded }: DeviceFieldsProps) {
  const { t } = useTranslation();
  const [expanded, setExpanded] = useState(isExpanded);
  const hasHiddenError = error('services') !== null || error('link') !== null;
  return (
    <>
      <TextField
        id="device-name"
        label={t('gateway.deviceName')}
        required
        value={draft.name}
        change={(name) => change({ ...draft, name })}
        error={error('name')}
      />
      <SelectField
        id="device-kind"
        label={t('gateway.kind')}
        value={draft.kind}
        change={(kind) => change({ ...draft, kind })}
        options={deviceKind.options.map((value) => ({ value, text: t(`deviceKind.${value}`) }))}
      />
      <TextField
        id="device-address"
        label={t('gateway.address')}
        required
        mono
        value={draft.address}
        change={(address) => change({ ...draft, address })}
        error={error('address')}
      />
      <ExpandableSection
        toggleText={t('device.more')}
        isExpanded={expanded || hasHiddenError}
        onToggle={(_event, open) => setExpanded(open)}
        toggleId="device-more"
        contentId="device-more-fields"
      >
        <div className="more-fields">
          <ServiceRows
            services={draft.services}
            change={(services) => change({ ...draft, services })}
            checked={error('services') !== null}
          />
          <TextField
            id="device-link"
            label={t('device.link')}
            hint={t('device.linkHint')}
            value={draft.link}
            change={(link) => change({ ...draft, link })}
            error={error('link')}
          />
          <TextAreaField
            id="device-notes"
            label={t('device.notes')}
            value={draft.notes}
            change={(notes) => change({ ...draft, notes })}
          />
          <Checkbox
            id="device-mapped"
            label={t('device.mapped')}
            description={t('device.mappedHint')}
            isChecked={draft.isMapped}
            onChange={(_event, isMapped) => change({ ...draft, isMapped })}
          />
        </div>
      </ExpandableSection>
    </>
  );
}
