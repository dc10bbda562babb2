import { Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { changePassword } from '../ams/ams.ts';
import { useAction } from '../ams/use-action.ts';
import { focusField } from '../parts/focus-field.ts';
import { checkNewPassword, type NewPasswordProblem } from '../parts/new-password.ts';
import { NewPasswordFields } from '../parts/new-password-fields.tsx';
import { PasswordField } from '../parts/password-field.tsx';
import { Problem } from '../parts/problem.tsx';
import { useCountdown } from '../parts/use-countdown.ts';
import { Wait } from '../parts/wait.tsx';

interface ChangePasswordProps {
  readonly close: () => void;
  readonly onChanged: () => void;
}

export function ChangePassword({ close, onChanged }: ChangePasswordProps) {
  const { t } = useTranslation();
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const [repeated, setRepeated] = useState('');
  const [wrong, setWrong] = useState<NewPasswordProblem | 'current-missing' | null>(null);
  const action = useAction();
  const left = useCountdown(action.failure);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const problem = current === '' ? 'current-missing' : checkNewPassword(password, repeated);
    setWrong(problem);
    if (problem === 'current-missing') return focusField('current-password');
    if (problem !== null) return focusField(problem === 'too-short' ? 'new-password' : 'repeated-password');
    const done = await action.run(async () => {
      await changePassword({ currentPassword: current, newPassword: password });
    });
    if (!done) return;
    onChanged();
    close();
  }

  return (
    <Modal variant="small" isOpen onClose={close} aria-labelledby="change-title">
      <ModalHeader title={t('change.title')} labelId="change-title" />
      <ModalBody>
        <Form id="change-password" noValidate onSubmit={(event) => void submit(event)}>
          {action.failure !== null && <Problem failure={action.failure} />}
          <PasswordField
            id="current-password"
            label={t('change.current')}
            value={current}
            onChange={setCurrent}
            autoComplete="current-password"
            wrong={wrong === 'current-missing' ? t('login.missing') : null}
          />
          <NewPasswordFields
            password={password}
            repeated={repeated}
            onPassword={setPassword}
            onRepeated={setRepeated}
            problem={wrong === 'current-missing' ? null : wrong}
          />
          <Wait seconds={left} />
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button type="submit" form="change-password" isDisabled={action.running || left > 0} isLoading={action.running}>
          {t('change.submit')}
        </Button>
        <Button variant="link" onClick={close}>
          {t('change.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
