import { ActionGroup, Button, Checkbox, Form, FormFieldGroup, FormFieldGroupHeader } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type IssuedToken,
  newAccessToken,
  type TokenScope,
  tokenScope as tokenScopes,
} from '../../api/contract/access-tokens.ts';
import { accessTokens } from '../cloud/access-tokens.ts';
import { useAction } from '../cloud/use-action.ts';
import { SelectField, TextField } from './form-fields.tsx';
import { Problem } from './problem.tsx';
import { useCheckedForm } from './use-checked-form.ts';

const DAYS = [7, 30, 90, 365] as const;

export function NewTokenForm({ issued }: { readonly issued: (token: IssuedToken) => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly TokenScope[]>(['read']);
  const [days, setDays] = useState<string>('30');
  const action = useAction();
  const form = useCheckedForm(
    {
      name: newAccessToken.shape.name.safeParse(name).success ? null : t('accessTokens.nameWrong'),
      scopes: scopes.length > 0 ? null : t('accessTokens.scopesWrong'),
    },
    () =>
      action.run(async () =>
        issued(await accessTokens.issue({ name: name.trim(), scopes: [...scopes], days: Number(days) })),
      ),
  );
  return (
    <Form noValidate onSubmit={form.submit} aria-label={t('accessTokens.issue')} isWidthLimited>
      <TextField
        id="token-name"
        label={t('common.name')}
        hint={t('accessTokens.nameHint')}
        required
        value={name}
        change={setName}
        error={form.error('name')}
      />
      <FormFieldGroup
        header={
          <FormFieldGroupHeader
            titleText={{ text: t('accessTokens.scopes'), id: 'token-scopes' }}
            titleDescription={form.error('scopes') ?? t('accessTokens.scopesHint')}
          />
        }
      >
        {tokenScopes.options.map((scope) => (
          <Checkbox
            key={scope}
            id={`token-scope-${scope}`}
            label={t(`accessTokens.scope.${scope}`, { nsSeparator: false })}
            isChecked={scopes.includes(scope)}
            onChange={(_event, checked) =>
              setScopes(checked ? [...scopes, scope] : scopes.filter((one) => one !== scope))
            }
          />
        ))}
      </FormFieldGroup>
      <SelectField
        id="token-days"
        label={t('accessTokens.days')}
        value={days}
        change={setDays}
        options={DAYS.map((count) => ({ value: String(count), text: t('accessTokens.dayCount', { count }) }))}
      />
      <Problem error={action.error} />
      <ActionGroup>
        <Button type="submit" isLoading={action.running} isDisabled={action.running}>
          {t('accessTokens.issue')}
        </Button>
      </ActionGroup>
    </Form>
  );
}
