import { ActionGroup, Button, Content, Form, Stack, StackItem } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import type { LoginAnswer } from '../../api/contract/account.ts';
import { acceptRequest } from '../../api/contract.ts';
import { cloud } from '../cloud/cloud.ts';
import { useLogin } from '../cloud/login-context.tsx';
import { useAction } from '../cloud/use-action.ts';
import { CodeStep } from '../parts/code-step.tsx';
import { Entrance } from '../parts/entrance.tsx';
import { TextField } from '../parts/form-fields.tsx';
import { Problem } from '../parts/problem.tsx';
import { useCheckedForm } from '../parts/use-checked-form.ts';

export function InvitationPage() {
  const { t } = useTranslation();
  const { entered } = useLogin();
  const navigate = useNavigate();
  const [code, setCode] = useState('');
  const [password, setPassword] = useState('');
  const [repeated, setRepeated] = useState('');
  const [codeStep, setCodeStep] = useState(false);
  const action = useAction();
  const trimmed = code.trim();
  const form = useCheckedForm(
    {
      code: acceptRequest.shape.code.safeParse(trimmed).success ? null : t('invitation.codeMissing'),
      password: acceptRequest.shape.password.safeParse(password).success ? null : t('invitation.passwordShort'),
      repeated: repeated === password ? null : t('invitation.repeatDiffers'),
    },
    () =>
      action.run(async () => {
        const answer = await cloud.acceptInvitation({ code: trimmed, password });
        if (answer.step === 'code') setCodeStep(true);
        else await enter(answer);
      }),
  );
  async function enter(answer: LoginAnswer): Promise<void> {
    if (answer.step !== 'code') entered(answer);
    await navigate('/sessions', { replace: true });
  }
  if (codeStep)
    return (
      <Entrance title={t('login.codeTitle')}>
        <CodeStep answered={(answer) => void enter(answer)} back={() => void navigate('/')} />
      </Entrance>
    );
  return (
    <Entrance title={t('invitation.title')}>
      <Stack hasGutter>
        <StackItem>
          <Content component="p">{t('invitation.intro')}</Content>
        </StackItem>
        {action.error !== null && (
          <StackItem>
            <Problem error={action.error} />
          </StackItem>
        )}
        <StackItem>
          <Form noValidate onSubmit={form.submit} aria-label={t('invitation.title')}>
            <TextField
              id="code"
              label={t('invitation.code')}
              required
              mono
              value={code}
              change={setCode}
              error={form.error('code')}
            />
            <TextField
              id="new-password"
              label={t('invitation.password')}
              hint={t('invitation.passwordHint')}
              type="password"
              autoComplete="new-password"
              required
              value={password}
              change={setPassword}
              error={form.error('password')}
            />
            <TextField
              id="repeat-password"
              label={t('invitation.repeat')}
              type="password"
              autoComplete="new-password"
              required
              value={repeated}
              change={setRepeated}
              error={form.error('repeated')}
            />
            <ActionGroup>
              <Button type="submit" isBlock isLoading={action.running} isDisabled={action.running}>
                {t('invitation.submit')}
              </Button>
            </ActionGroup>
          </Form>
        </StackItem>
        <StackItem>
          <Link to="/">{t('invitation.toLogin')}</Link>
        </StackItem>
      </Stack>
    </Entrance>
  );
}
