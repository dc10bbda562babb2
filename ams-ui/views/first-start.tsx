/** As delivered (G1): the first password, set with the code from the gateway's console. */
import type { Access } from '@edgegateway/appliance/contract';
import { Button, Form, FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from '@patternfly/react-core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { setUp } from '../ams/ams.ts';
import { useAction } from '../ams/use-action.ts';
import { Entrance } from '../parts/entrance.tsx';
import { focusField } from '../parts/focus-field.ts';
import { checkNewPassword, type NewPasswordProblem } from '../parts/new-password.ts';
import { NewPasswordFields } from '../parts/new-password-fields.tsx';
import { Problem } from '../parts/problem.tsx';
import { useCountdown } from '../parts/use-countdown.ts';
import { Wait } from '../parts/wait.tsx';

export function FirstStart({ onAccess }: { readonly onAccess: (access: Access) => void }) {
  const { t } = useTranslation();
  const [code, setCode] = useState('');
  const [password, setPassword] = useState('');
  const [repeated, setRepeated] = useState('');
  const [wrong, setWrong] = useState<NewPasswordProblem | 'code-missing' | null>(null);
  const action = useAction();
  const left = useCountdown(action.failure);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const problem = code.trim() === '' ? 'code-missing' : checkNewPassword(password, repeated);
    setWrong(problem);
    if (problem === 'code-missing') return focusField('one-time-code');
    if (problem !== null) return focusField(problem === 'too-short' ? 'new-password' : 'repeated-password');
    await action.run(async () => onAccess(await setUp({ oneTimeCode: code.trim(), password })));
  }

  return (
    <Entrance title={t('setup.title')}>
      <p className="lead">{t('setup.lead')}</p>
      <Form noValidate onSubmit={(event) => void submit(event)}>
        {action.failure !== null && <Problem failure={action.failure} />}
        <FormGroup label={t('setup.code')} fieldId="one-time-code">
          <TextInput
            id="one-time-code"
            className="code"
            value={code}
            maxLength={40}
            autoComplete="one-time-code"
            autoCapitalize="characters"
            spellCheck={false}
            validated={wrong === 'code-missing' ? 'error' : 'default'}
            aria-describedby="one-time-code-told"
            onChange={(_event, typed) => setCode(typed)}
          />
          <FormHelperText>
            <HelperText>
              <HelperTextItem id="one-time-code-told" variant={wrong === 'code-missing' ? 'error' : 'default'}>
                {wrong === 'code-missing' ? t('setup.codeMissing') : t('setup.codeHelp')}
              </HelperTextItem>
            </HelperText>
          </FormHelperText>
        </FormGroup>
        <NewPasswordFields
          password={password}
          repeated={repeated}
          onPassword={setPassword}
          onRepeated={setRepeated}
          problem={wrong === 'code-missing' ? null : wrong}
        />
        <Wait seconds={left} />
        <Button type="submit" className="wide" isDisabled={action.running || left > 0} isLoading={action.running}>
          {t('setup.submit')}
        </Button>
      </Form>
    </Entrance>
  );
}
