import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Gateway } from '../../api/contract.ts';
import { sessionRules } from '../cloud/session-rules.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';

/** Ends every session that reaches through a gateway, after asking once more. */
export function EndAllSessions({ gateway }: { readonly gateway: Gateway }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button variant="secondary" onClick={() => setAsking(true)}>
        {t('endAll.action')}
      </Button>
      {asking && (
        <ConfirmDialog
          title={t('endAll.title', { name: gateway.name })}
          body={t('endAll.body')}
          confirm={t('endAll.action')}
          act={async () => {
            await sessionRules.endAllThrough(gateway.registrationId);
          }}
          close={() => setAsking(false)}
        />
      )}
    </>
  );
}
