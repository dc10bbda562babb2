/** Setting up an authenticator app: scan or type the secret, show one code, keep the recovery codes. */
import { ActionGroup, Button, Content, Form, Spinner, Stack, StackItem } from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { confirmRequest, type Enrolment } from '../../api/contract/account.ts';
import { accountCloud } from '../cloud/account-cloud.ts';
import { useAction } from '../cloud/use-action.ts';
import { TextField } from './form-fields.tsx';
import { Problem } from './problem.tsx';
import { QrCode } from './qr-code.tsx';
import { RecoveryCodesShown } from './recovery-codes.tsx';
import { useCheckedForm } from './use-checked-form.ts';

interface EnrolProps {
  /** Null while it is set up for the first time, right after the login. */
  readonly password: string | null;
  readonly done: () => void;
}

export function EnrolSecondFactor({ password, done }: EnrolProps) {
  const { t } = useTranslation();
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const beginning = useAction();
  const { run } = beginning;
  useEffect(() => {
    void run(async () => setEnrolment(await accountCloud.beginSecondFactor(password)));
  }, [run, password]);
  if (codes !== null) return <RecoveryCodesShown codes={codes} done={done} />;
  if (beginning.error !== null) return <Problem error={beginning.error} />;
  if (enrolment === null) return <Spinner aria-label={t('common.loading')} />;
  return <ShownSecret enrolment={enrolment} confirmed={setCodes} />;
}

interface ShownSecretProps {
  readonly enrolment: Enrolment;
  readonly confirmed: (codes: readonly string[]) => void;
}

function ShownSecret({ enrolment, confirmed }: ShownSecretProps) {
  const { t } = useTranslation();
  const [code, setCode] = useState('');
  const action = useAction();
  const form = useCheckedForm(
    { code: confirmRequest.shape.code.safeParse(code).success ? null : t('secondFactor.codeMissing') },
    () => action.run(async () => confirmed((await accountCloud.confirmSecondFactor(code)).codes)),
  );
  return (
    <Stack hasGutter>
      <StackItem>
        <Content component="p">{t('secondFactor.scan')}</Content>
      </StackItem>
      <StackItem>
        <QrCode text={enrolment.uri} label={t('secondFactor.qrCode')} />
      </StackItem>
      <StackItem>
        <p className="one-time-code">
          <span id="second-factor-secret">{t('secondFactor.secret')}</span>
          <output className="mono secret-text" aria-labelledby="second-factor-secret">
            {enrolment.secret.replace(/(.{4})(?=.)/g, '$1 ')}
          </output>
        </p>
      </StackItem>
      {action.error !== null && (
        <StackItem>
          <Problem error={action.error} />
        </StackItem>
      )}
      <StackItem>
        <Form noValidate onSubmit={form.submit} aria-label={t('secondFactor.setUp')}>
          <TextField
            id="second-factor-code"
            label={t('secondFactor.code')}
            hint={t('secondFactor.codeHint')}
            autoComplete="one-time-code"
            required
            mono
            value={code}
            change={setCode}
            error={form.error('code')}
          />
          <ActionGroup>
            <Button type="submit" isLoading={action.running} isDisabled={action.running}>
              {t('secondFactor.confirm')}
            </Button>
          </ActionGroup>
        </Form>
      </StackItem>
    </Stack>
  );
}
