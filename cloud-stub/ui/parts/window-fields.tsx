import { Button, Checkbox } from '@patternfly/react-core';
import { TrashIcon } from '@patternfly/react-icons/dist/esm/icons/trash-icon';
import { useTranslation } from 'react-i18next';
import { timeOfDay, WEEKDAYS } from '../../api/contract/session-rules.ts';
import { TextField } from './form-fields.tsx';
import type { WindowDraft } from './rules-draft.ts';

interface WindowFieldsProps {
  readonly window: WindowDraft;
  readonly number: number;
  readonly checked: boolean;
  readonly change: (window: WindowDraft) => void;
  readonly remove: () => void;
}

/** One weekly window: its days and times. */
export function WindowFields({ window, number, checked, change, remove }: WindowFieldsProps) {
  const { t } = useTranslation();
  const wrongTime = (time: string) => (checked && !timeOfDay.safeParse(time).success ? t('rules.timeWrong') : null);
  return (
    <fieldset className="weekly-window" aria-label={t('rules.window', { number })}>
      <fieldset className="days">
        <legend>{t('rules.days')}</legend>
        {WEEKDAYS.map((day) => (
          <Checkbox
            key={day}
            id={`window-${window.key}-${day}`}
            label={t(`weekday.${day}`)}
            isChecked={window.days.includes(day)}
            onChange={(_event, chosen) =>
              change({
                ...window,
                days: WEEKDAYS.filter((one) => (one === day ? chosen : window.days.includes(one))),
              })
            }
          />
        ))}
      </fieldset>
      {checked && window.days.length === 0 && <p className="field-error">{t('rules.daysMissing')}</p>}
      <div className="field-row">
        <TextField
          id={`window-${window.key}-from`}
          label={t('rules.opens')}
          type="time"
          required
          value={window.from}
          change={(from) => change({ ...window, from })}
          error={wrongTime(window.from)}
        />
        <TextField
          id={`window-${window.key}-to`}
          label={t('rules.closes')}
          type="time"
          required
          value={window.to}
          change={(to) => change({ ...window, to })}
          error={wrongTime(window.to)}
        />
        <Button variant="plain" icon={<TrashIcon />} aria-label={t('rules.remove', { number })} onClick={remove} />
      </div>
    </fieldset>
  );
}
