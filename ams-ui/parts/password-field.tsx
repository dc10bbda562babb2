import { FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from '@patternfly/react-core';

interface PasswordFieldProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly autoComplete: 'current-password' | 'new-password';
  readonly help?: string;
  /** Replaces the help; null while nothing is wrong. */
  readonly wrong: string | null;
}

export function PasswordField({ id, label, value, onChange, autoComplete, help, wrong }: PasswordFieldProps) {
  const told = wrong ?? help;
  return (
    <FormGroup label={label} fieldId={id}>
      <TextInput
        id={id}
        type="password"
        value={value}
        autoComplete={autoComplete}
        validated={wrong === null ? 'default' : 'error'}
        aria-describedby={told === undefined ? undefined : `${id}-told`}
        onChange={(_event, typed) => onChange(typed)}
      />
      {told !== undefined && (
        <FormHelperText>
          <HelperText>
            <HelperTextItem id={`${id}-told`} variant={wrong === null ? 'default' : 'error'}>
              {told}
            </HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  );
}
