/** What an administrator can do about a gateway's being let in: accept, disable, enable. */
import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Gateway } from '../../api/contract.ts';
import { enrolment } from '../cloud/enrolment.ts';
import { useAction } from '../cloud/use-action.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { Problem } from './problem.tsx';

interface AdmissionActionsProps {
  readonly gateway: Gateway;
  readonly changed: () => void;
}

export function AdmissionActions({ gateway, changed }: AdmissionActionsProps) {
  const { t } = useTranslation();
  const [disabling, setDisabling] = useState(false);
  const action = useAction();
  const { registrationId, name, state } = gateway;
  async function enable(): Promise<void> {
    if (await action.run(() => enrolment.enable(registrationId))) changed();
  }
  return (
    <>
      {(state === 'waiting' || state === 'disabled') && (
        <Button isLoading={action.running} isDisabled={action.running} onClick={() => void enable()}>
          {t(state === 'waiting' ? 'enrolment.accept' : 'enrolment.enable')}
        </Button>
      )}
      {state !== 'disabled' && (
        <Button variant="secondary" onClick={() => setDisabling(true)}>
          {t('enrolment.disable')}
        </Button>
      )}
      <Problem error={action.error} />
      {disabling && (
        <ConfirmDialog
          title={t('enrolment.disableTitle', { name })}
          body={t('enrolment.disableBody')}
          confirm={t('enrolment.disable')}
          act={async () => {
            await enrolment.disable(registrationId);
            changed();
          }}
          close={() => setDisabling(false)}
        />
      )}
    </>
  );
}
