/** Fields of a list's filter. Each tells its value when it is complete; the list follows at once. */
import { FormGroup, FormSelect, FormSelectOption, SearchInput, TextInput } from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { localTimeOf, timestampOf } from './local-time.ts';

/** So long nobody types. */
const PAUSE_MILLISECONDS = 300;

interface FilterFieldProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly change: (value: string) => void;
}

/** What is typed, told after a pause; what comes from elsewhere (the address bar) replaces it. */
function useTyped(value: string, change: (value: string) => void): readonly [string, (text: string) => void] {
  const [typed, setTyped] = useState({ text: value, of: value });
  const text = typed.of === value ? typed.text : value;
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => change(text), PAUSE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [text, value, change]);
  return [text, (next) => setTyped({ text: next, of: value })];
}

export function SearchField({ id, label, value, change }: FilterFieldProps) {
  const { t } = useTranslation();
  const [text, type] = useTyped(value, change);
  return (
    <SearchInput
      searchInputId={id}
      aria-label={label}
      placeholder={label}
      resetButtonLabel={t('common.clearSearch')}
      value={text}
      onChange={(_event, typed) => type(typed)}
      onClear={() => type('')}
    />
  );
}

export function FilterText({ id, label, value, change }: FilterFieldProps) {
  const [text, type] = useTyped(value, change);
  return (
    <FormGroup label={label} fieldId={id}>
      <TextInput id={id} value={text} onChange={(_event, typed) => type(typed)} autoComplete="off" />
    </FormGroup>
  );
}

export function FilterTime({ id, label, value, change }: FilterFieldProps) {
  return (
    <FormGroup label={label} fieldId={id}>
      <TextInput
        id={id}
        type="datetime-local"
        value={localTimeOf(value)}
        onChange={(_event, entered) => change(timestampOf(entered))}
      />
    </FormGroup>
  );
}

export interface FilterOption {
  readonly value: string;
  readonly text: string;
}

/** The first option filters nothing. A value that is in no option (a link from elsewhere) is shown as it is. */
export function FilterSelect(
  props: FilterFieldProps & { readonly all: string; readonly options: readonly FilterOption[] },
) {
  const { id, label, value, change, all, options } = props;
  const isKnown = value === '' || options.some((option) => option.value === value);
  return (
    <FormGroup label={label} fieldId={id}>
      <FormSelect id={id} value={value} onChange={(_event, chosen) => change(chosen)}>
        <FormSelectOption value="" label={all} />
        {!isKnown && <FormSelectOption value={value} label={value} />}
        {options.map((option) => (
          <FormSelectOption key={option.value} value={option.value} label={option.text} />
        ))}
      </FormSelect>
    </FormGroup>
  );
}
