/** Asks once more before a connection is cut; stays open when that fails, and tells why. */
import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useAction } from '../ams/use-action.ts';
import { Problem } from '../parts/problem.tsx';
import type { Connection } from './connections.tsx';

interface EndConnectionProps {
  readonly connection: Connection;
  readonly end: () => Promise<void>;
  readonly close: () => void;
}

export function EndConnection({ connection, end, close }: EndConnectionProps) {
  const { t } = useTranslation();
  const action = useAction();
  async function confirmed(): Promise<void> {
    if (await action.run(end)) close();
  }
  return (
    <Modal variant="small" isOpen onClose={close} aria-labelledby="end-title" aria-describedby="end-body">
      <ModalHeader title={t('connections.confirmTitle')} labelId="end-title" />
      <ModalBody>
        <p id="end-body">{t('connections.confirmBody', { user: connection.user, session: connection.name })}</p>
        {action.failure !== null && <Problem failure={action.failure} />}
      </ModalBody>
      <ModalFooter>
        <Button
          variant="danger"
          isLoading={action.running}
          isDisabled={action.running}
          onClick={() => void confirmed()}
        >
          {t('connections.confirm')}
        </Button>
        <Button variant="link" onClick={close}>
          {t('connections.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
