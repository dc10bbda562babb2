import type { Access } from '@edgegateway/appliance/contract';
import { Button, Form } from '@patternfly/react-core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { logIn } from '../ams/ams.ts';
import { useAction } from '../ams/use-action.ts';
import { Entrance } from '../parts/entrance.tsx';
import { focusField } from '../parts/focus-field.ts';
import { PasswordField } from '../parts/password-field.tsx';
import { Problem } from '../parts/problem.tsx';
import { useCountdown } from '../parts/use-countdown.ts';
import { Wait } from '../parts/wait.tsx';

export function Login({ onAccess }: { readonly onAccess: (access: Access) => void }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState('');
  const [missing, setMissing] = useState(false);
  const action = useAction();
  const left = useCountdown(action.failure);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setMissing(password === '');
    if (password !== '') {
      if (await action.run(async () => onAccess(await logIn({ password })))) return;
      setPassword('');
    }
    focusField('password');
  }

  return (
    <Entrance title={t('login.title')}>
      <p className="lead">{t('login.lead')}</p>
      <Form noValidate onSubmit={(event) => void submit(event)}>
        {action.failure !== null && <Problem failure={action.failure} />}
        <PasswordField
          id="password"
          label={t('login.password')}
          value={password}
          onChange={setPassword}
          autoComplete="current-password"
          wrong={missing ? t('login.missing') : null}
        />
        <Wait seconds={left} />
        <Button type="submit" className="wide" isDisabled={action.running || left > 0} isLoading={action.running}>
          {t('login.submit')}
        </Button>
      </Form>
    </Entrance>
  );
}
