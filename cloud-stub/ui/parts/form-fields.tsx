/** Form fields with label, hint and error wired for screen readers. */
import {
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  TextArea,
  TextInput,
} from '@patternfly/react-core';
import { type ReactNode, useEffect, useRef } from 'react';

interface FieldProps {
  readonly id: string;
  readonly label: string;
  readonly hint?: string | undefined;
  /** The sentence that says what is wrong; null while nothing is. */
  readonly error?: string | null;
  readonly required?: boolean;
}

function describedBy(field: FieldProps): { 'aria-describedby'?: string } {
  return field.hint !== undefined || (field.error ?? null) !== null ? { 'aria-describedby': `${field.id}-help` } : {};
}

export function Field(props: FieldProps & { readonly children: ReactNode }) {
  const { id, label, hint, error = null, required = false, children } = props;
  return (
    <FormGroup label={label} fieldId={id} isRequired={required}>
      {children}
      {(hint !== undefined || error !== null) && (
        <FormHelperText>
          <HelperText id={`${id}-help`}>
            {error !== null && <HelperTextItem variant="error">{error}</HelperTextItem>}
            {hint !== undefined && <HelperTextItem>{hint}</HelperTextItem>}
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  );
}

interface TextFieldProps extends FieldProps {
  readonly value: string;
  readonly change: (value: string) => void;
  readonly type?: 'text' | 'email' | 'password' | 'time' | 'datetime-local';
  readonly autoComplete?: string;
  readonly mono?: boolean;
  /** Takes the focus when it appears: it is what one came for. */
  readonly focused?: boolean;
}

export function TextField(props: TextFieldProps) {
  const {
    id,
    error = null,
    required = false,
    value,
    change,
    type = 'text',
    autoComplete = 'off',
    mono,
    focused,
  } = props;
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (focused === true) input.current?.focus();
  }, [focused]);
  return (
    <Field {...props}>
      <TextInput
        ref={input}
        id={id}
        type={type}
        value={value}
        onChange={(_event, entered) => change(entered)}
        isRequired={required}
        validated={error === null ? 'default' : 'error'}
        autoComplete={autoComplete}
        {...(mono === true ? { className: 'mono', spellCheck: false, autoCapitalize: 'none' } : {})}
        {...describedBy(props)}
      />
    </Field>
  );
}

interface TextAreaFieldProps extends FieldProps {
  readonly value: string;
  readonly change: (value: string) => void;
  readonly rows?: number;
  readonly mono?: boolean;
}

export function TextAreaField(props: TextAreaFieldProps) {
  const { id, error = null, required = false, value, change, rows = 3, mono } = props;
  return (
    <Field {...props}>
      <TextArea
        id={id}
        value={value}
        onChange={(_event, entered) => change(entered)}
        isRequired={required}
        validated={error === null ? 'default' : 'error'}
        rows={rows}
        resizeOrientation="vertical"
        {...(mono === true ? { className: 'mono', spellCheck: false } : {})}
        {...describedBy(props)}
      />
    </Field>
  );
}

interface SelectFieldProps<Value extends string> extends FieldProps {
  readonly value: Value;
  readonly change: (value: Value) => void;
  readonly options: readonly { readonly value: Value; readonly text: string }[];
}

export function SelectField<Value extends string>(props: SelectFieldProps<Value>) {
  const { id, value, change, options, required = false, error = null } = props;
  return (
    <Field {...props}>
      <FormSelect
        id={id}
        value={value}
        isRequired={required}
        validated={error === null ? 'default' : 'error'}
        onChange={(_event, chosen) => {
          const option = options.find((candidate) => candidate.value === chosen);
          if (option !== undefined) change(option.value);
        }}
        {...describedBy(props)}
      >
        {options.map((option) => (
          <FormSelectOption key={option.value} value={option.value} label={option.text} />
        ))}
      </FormSelect>
    </Field>
  );
}
