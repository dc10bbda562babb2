import { Button } from '@patternfly/react-core';
import { TrashIcon } from '@patternfly/react-icons/dist/esm/icons/trash-icon';
import { useTranslation } from 'react-i18next';
import type { Gateway } from '../../api/contract.ts';
import { SelectField, TextField } from './form-fields.tsx';
import { type AddressRow, isAddress } from './release-choice.ts';
import { RestrictionFields } from './restriction-fields.tsx';

interface AddressRowFieldsProps {
  readonly row: AddressRow;
  readonly number: number;
  readonly gateways: readonly Gateway[];
  readonly checked: boolean;
  readonly change: (row: AddressRow) => void;
  readonly remove: () => void;
}

export function AddressRowFields({ row, number, gateways, checked, change, remove }: AddressRowFieldsProps) {
  const { t } = useTranslation();
  const name = t('release.addressGroup', { number });
  return (
    <fieldset className="address-row" aria-label={name}>
      <SelectField
        id={`row-${row.key}-gateway`}
        label={t('release.gateway')}
        value={row.gateway}
        change={(gateway) => change({ ...row, gateway })}
        options={gateways.map((gateway) => ({ value: gateway.registrationId, text: gateway.name }))}
      />
      <TextField
        id={`row-${row.key}-address`}
        label={t('release.address')}
        required
        mono
        value={row.address}
        change={(address) => change({ ...row, address })}
        error={checked && !isAddress(row.address) ? t('release.addressWrong') : null}
      />
      <RestrictionFields
        id={`row-${row.key}`}
        target={name}
        restriction={row}
        checked={checked}
        change={(restriction) => change({ ...row, ...restriction })}
      />
      <Button
        variant="plain"
        icon={<TrashIcon />}
        aria-label={t('release.removeAddress', { number })}
        onClick={remove}
      />
    </fieldset>
  );
}
