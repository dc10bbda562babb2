import { ActionGroup, Button, Form, Stack, StackItem } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import type { LoginAnswer } from '../../api/contract/account.ts';
import { loginRequest } from '../../api/contract.ts';
import { accountCloud, SINGLE_SIGN_ON } from '../cloud/account-cloud.ts';
import { cloud } from '../cloud/cloud.ts';
import { useLogin } from '../cloud/login-context.tsx';
import { useAction } from '../cloud/use-action.ts';
import { useLoaded } from '../cloud/use-loaded.ts';
import { ssoRefusalText } from '../language/sso-refusals.ts';
import { CodeStep } from '../parts/code-step.tsx';
import { Entrance } from '../parts/entrance.tsx';
import { TextField } from '../parts/form-fields.tsx';
import { Notice } from '../parts/notice.tsx';
import { Problem } from '../parts/problem.tsx';
import { useCheckedForm } from '../parts/use-checked-form.ts';

export function LoginPage({ expired }: { readonly expired: boolean }) {
  const { t } = useTranslation();
  const { entered } = useLogin();
  const [codeStep, setCodeStep] = useState(false);
  function answered(answer: LoginAnswer): void {
    if (answer.step === 'code') setCodeStep(true);
    else entered(answer);
  }
  if (codeStep)
    return (
      <Entrance title={t('login.codeTitle')}>
        <CodeStep answered={answered} back={() => setCodeStep(false)} />
      </Entrance>
    );
  return <PasswordStep expired={expired} answered={answered} />;
}

interface PasswordStepProps {
  readonly expired: boolean;
  readonly answered: (answer: LoginAnswer) => void;
}

function PasswordStep({ expired, answered }: PasswordStepProps) {
  const { t, i18n } = useTranslation();
  const [query] = useSearchParams();
  const refused = query.get('refused');
  const { loaded: ways } = useLoaded('login-ways', [], accountCloud.loginWays);
  const singleSignOn = ways.state === 'loaded' ? ways.value.singleSignOn : null;
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const action = useAction();
  const address = email.trim();
  const form = useCheckedForm(
    {
      email: loginRequest.shape.email.safeParse(address).success ? null : t('login.emailWrong'),
      password: password === '' ? t('login.passwordMissing') : null,
    },
    () => action.run(async () => answered(await cloud.login({ email: address, password }))),
  );
  return (
    <Entrance title={t('login.title')}>
      <Stack hasGutter>
        {expired && action.error === null && (
          <StackItem>
            <Notice variant="info" title={t('login.expired')} component="p" />
          </StackItem>
        )}
        {action.error !== null && (
          <StackItem>
            <Problem error={action.error} />
          </StackItem>
        )}
        {refused !== null && action.error === null && (
          <StackItem>
            <div role="alert">
              <Notice variant="danger" title={t('login.ssoRefused')} component="p">
                {ssoRefusalText(refused, i18n.language)}
              </Notice>
            </div>
          </StackItem>
        )}
        <StackItem>
          <Form noValidate onSubmit={form.submit} aria-label={t('login.title')}>
            <TextField
              id="email"
              label={t('login.email')}
              type="email"
              autoComplete="username"
              required
              value={email}
              change={setEmail}
              error={form.error('email')}
            />
            <TextField
              id="password"
              label={t('login.password')}
              type="password"
              autoComplete="current-password"
              required
              value={password}
              change={setPassword}
              error={form.error('password')}
            />
            <ActionGroup>
              <Button type="submit" isBlock isLoading={action.running} isDisabled={action.running}>
                {t('login.submit')}
              </Button>
            </ActionGroup>
          </Form>
        </StackItem>
        {singleSignOn !== null && (
          <StackItem>
            <a href={SINGLE_SIGN_ON} className="pf-v6-c-button pf-m-secondary pf-m-block">
              <span className="pf-v6-c-button__text">{singleSignOn.name}</span>
            </a>
          </StackItem>
        )}
        <StackItem>
          <Link to="/invitation">{t('login.invited')}</Link>
        </StackItem>
      </Stack>
    </Entrance>
  );
}
