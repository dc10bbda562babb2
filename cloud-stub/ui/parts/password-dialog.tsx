/** Asks for one's own password before something that an unattended browser must not be enough for. */
import { Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAction } from '../cloud/use-action.ts';
import { TextField } from './form-fields.tsx';
import { Problem } from './problem.tsx';
import { useCheckedForm } from './use-checked-form.ts';

interface PasswordDialogProps {
  readonly title: string;
  readonly act: (password: string) => Promise<void>;
  readonly close: () => void;
}

export function PasswordDialog({ title, act, close }: PasswordDialogProps) {
  const { t } = useTranslation();
  const [password, setPassword] = useState('');
  const action = useAction();
  const form = useCheckedForm({ password: password === '' ? t('login.passwordMissing') : null }, async () => {
    const done = await action.run(() => act(password));
    if (done) close();
    return done;
  });
  return (
    <Modal
      variant="small"
      isOpen
      onEscapePress={close}
      aria-labelledby="password-title"
      elementToFocus="#password-proof"
    >
      <ModalHeader title={title} labelId="password-title" />
      <ModalBody>
        <Form id="password-form" noValidate onSubmit={form.submit} aria-label={title}>
          <Problem error={action.error} />
          <TextField
            id="password-proof"
            label={t('account.currentPassword')}
            type="password"
            autoComplete="current-password"
            required
            value={password}
            change={setPassword}
            error={form.error('password')}
          />
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button type="submit" form="password-form" isLoading={action.running} isDisabled={action.running}>
          {t('common.continue')}
        </Button>
        <Button variant="link" onClick={close}>
          {t('common.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
