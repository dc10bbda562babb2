import { ActionGroup, Button, Card, CardBody, CardTitle, Form } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { passwordChange } from '../../api/contract/account.ts';
import { accountCloud } from '../cloud/account-cloud.ts';
import { useAction } from '../cloud/use-action.ts';
import { TextField } from './form-fields.tsx';
import { Problem } from './problem.tsx';
import { useCheckedForm } from './use-checked-form.ts';

const EMPTY = { current: '', wanted: '', repeated: '' };

export function PasswordCard() {
  const { t } = useTranslation();
  const [values, setValues] = useState(EMPTY);
  const [told, setTold] = useState('');
  const action = useAction();
  const { current, wanted, repeated } = values;
  const form = useCheckedForm(
    {
      current: current === '' ? t('login.passwordMissing') : null,
      wanted: passwordChange.shape.wanted.safeParse(wanted).success ? null : t('invitation.passwordShort'),
      repeated: repeated === wanted ? null : t('invitation.repeatDiffers'),
    },
    () =>
      action.run(async () => {
        setTold('');
        await accountCloud.changePassword({ current, wanted });
        setValues(EMPTY);
        setTold(t('account.passwordChanged'));
      }),
  );
  return (
    <Card>
      <CardTitle component="h2">{t('account.password')}</CardTitle>
      <CardBody>
        <Form noValidate onSubmit={form.submit} aria-label={t('account.password')} className="form-in-card">
          <TextField
            id="current-password"
            label={t('account.currentPassword')}
            type="password"
            autoComplete="current-password"
            required
            value={current}
            change={(text) => setValues({ ...values, current: text })}
            error={form.error('current')}
          />
          <TextField
            id="new-password"
            label={t('invitation.password')}
            hint={t('invitation.passwordHint')}
            type="password"
            autoComplete="new-password"
            required
            value={wanted}
            change={(text) => setValues({ ...values, wanted: text })}
            error={form.error('wanted')}
          />
          <TextField
            id="repeat-password"
            label={t('invitation.repeat')}
            type="password"
            autoComplete="new-password"
            required
            value={repeated}
            change={(text) => setValues({ ...values, repeated: text })}
            error={form.error('repeated')}
          />
          <Problem error={action.error} />
          <ActionGroup>
            <Button type="submit" variant="secondary" isLoading={action.running} isDisabled={action.running}>
              {t('account.changePassword')}
            </Button>
          </ActionGroup>
          <output className="told">{told}</output>
        </Form>
      </CardBody>
    </Card>
  );
}
