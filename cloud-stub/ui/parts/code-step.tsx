/** The second step of a login: a code of the authenticator, or a recovery code. */
import { ActionGroup, Button, Form, Stack, StackItem } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codeRequest, type LoginAnswer } from '../../api/contract/account.ts';
import { accountCloud } from '../cloud/account-cloud.ts';
import { useAction } from '../cloud/use-action.ts';
import { TextField } from './form-fields.tsx';
import { Problem } from './problem.tsx';
import { useCheckedForm } from './use-checked-form.ts';

interface CodeStepProps {
  readonly answered: (answer: LoginAnswer) => void;
  readonly back: () => void;
}

export function CodeStep({ answered, back }: CodeStepProps) {
  const { t } = useTranslation();
  const [code, setCode] = useState('');
  const action = useAction();
  const form = useCheckedForm(
    { code: codeRequest.shape.code.safeParse(code).success ? null : t('secondFactor.codeMissing') },
    () => action.run(async () => answered(await accountCloud.loginCode(code.trim()))),
  );
  return (
    <Stack hasGutter>
      {action.error !== null && (
        <StackItem>
          <Problem error={action.error} />
        </StackItem>
      )}
      <StackItem>
        <Form noValidate onSubmit={form.submit} aria-label={t('login.codeTitle')}>
          <TextField
            id="login-code"
            label={t('login.code')}
            hint={t('login.codeHint')}
            autoComplete="one-time-code"
            focused
            required
            mono
            value={code}
            change={setCode}
            error={form.error('code')}
          />
          <ActionGroup>
            <Button type="submit" isBlock isLoading={action.running} isDisabled={action.running}>
              {t('login.submit')}
            </Button>
          </ActionGroup>
        </Form>
      </StackItem>
      <StackItem>
        <Button variant="link" isInline onClick={back}>
          {t('login.back')}
        </Button>
      </StackItem>
    </Stack>
  );
}
