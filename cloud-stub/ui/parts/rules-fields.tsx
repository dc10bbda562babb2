/** When a session may run, and whether its plant must approve. */
import { Button, Checkbox, FormSection } from '@patternfly/react-core';
import { PlusIcon } from '@patternfly/react-icons/dist/esm/icons/plus-icon';
import { useTranslation } from 'react-i18next';
import { SelectField, TextField } from './form-fields.tsx';
import { isInOrder, newWindow, type RulesDraft } from './rules-draft.ts';
import { WindowFields } from './window-fields.tsx';

interface RulesFieldsProps {
  readonly rules: RulesDraft;
  readonly change: (rules: RulesDraft) => void;
  /** Whether what is wrong is told already. */
  readonly checked: boolean;
}

export const OWN_ZONE = new Intl.DateTimeFormat().resolvedOptions().timeZone;

const ZONES = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];

export function RulesFields({ rules, change, checked }: RulesFieldsProps) {
  const { t } = useTranslation();
  const zones = ZONES.includes(rules.timeZone) ? ZONES : [rules.timeZone, ...ZONES];
  return (
    <FormSection title={t('rules.title')} titleElement="h2">
      <p className="hint">{t('rules.intro')}</p>
      <div className="field-row">
        <TextField
          id="rules-from"
          label={t('rules.from')}
          hint={t('rules.ownTime', { zone: OWN_ZONE })}
          type="datetime-local"
          value={rules.from}
          change={(from) => change({ ...rules, from })}
        />
        <TextField
          id="rules-to"
          label={t('rules.to')}
          hint={t('rules.ownTime', { zone: OWN_ZONE })}
          type="datetime-local"
          value={rules.to}
          change={(to) => change({ ...rules, to })}
          error={checked && !isInOrder(rules) ? t('rules.orderWrong') : null}
        />
      </div>
      <fieldset className="choices">
        <legend className="group-title">{t('rules.windows')}</legend>
        <p className="hint">{t('rules.windowsHint')}</p>
        {rules.windows.map((window, at) => (
          <WindowFields
            key={window.key}
            window={window}
            number={at + 1}
            checked={checked}
            change={(changed) =>
              change({ ...rules, windows: rules.windows.map((one) => (one.key === window.key ? changed : one)) })
            }
            remove={() => change({ ...rules, windows: rules.windows.filter(({ key }) => key !== window.key) })}
          />
        ))}
        <div>
          <Button
            variant="secondary"
            icon={<PlusIcon />}
            isDisabled={rules.windows.length >= 14}
            onClick={() => change({ ...rules, windows: [...rules.windows, newWindow(rules)] })}
          >
            {t('rules.add')}
          </Button>
        </div>
        {rules.windows.length > 0 && (
          <SelectField
            id="rules-zone"
            label={t('rules.zone')}
            hint={t('rules.zoneHint')}
            value={rules.timeZone}
            change={(timeZone) => change({ ...rules, timeZone })}
            options={zones.map((zone) => ({ value: zone, text: zone }))}
          />
        )}
      </fieldset>
      <Checkbox
        id="rules-approval"
        label={t('rules.approval')}
        description={t('rules.approvalHint')}
        isChecked={rules.plantApproval}
        onChange={(_event, plantApproval) => change({ ...rules, plantApproval })}
      />
    </FormSection>
  );
}
