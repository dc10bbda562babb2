import { PASSWORD_MINIMUM_LENGTH } from '@edgegateway/appliance/contract';
import { useTranslation } from 'react-i18next';
import type { NewPasswordProblem } from './new-password.ts';
import { PasswordField } from './password-field.tsx';

interface NewPasswordFieldsProps {
  readonly password: string;
  readonly repeated: string;
  readonly onPassword: (value: string) => void;
  readonly onRepeated: (value: string) => void;
  readonly problem: NewPasswordProblem | null;
}

export function NewPasswordFields({ password, repeated, onPassword, onRepeated, problem }: NewPasswordFieldsProps) {
  const { t } = useTranslation();
  const minimum = PASSWORD_MINIMUM_LENGTH;
  return (
    <>
      <PasswordField
        id="new-password"
        label={t('setup.password')}
        value={password}
        onChange={onPassword}
        autoComplete="new-password"
        help={t('setup.passwordHelp', { minimum })}
        wrong={problem === 'too-short' ? t('setup.tooShort', { minimum }) : null}
      />
      <PasswordField
        id="repeated-password"
        label={t('setup.repeat')}
        value={repeated}
        onChange={onRepeated}
        autoComplete="new-password"
        wrong={problem === 'different' ? t('setup.different') : null}
      />
    </>
  );
}
