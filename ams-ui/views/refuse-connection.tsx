/** Asks what the technician is to be told; stays open when the refusal fails, and tells why. */
import { Button, Form, FormGroup, Modal, ModalBody, ModalFooter, ModalHeader, TextArea } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAction } from '../ams/use-action.ts';
import { Problem } from '../parts/problem.tsx';
import type { Connection } from './connections.tsx';

const LONGEST_WORDS = 200;

interface RefuseConnectionProps {
  readonly connection: Connection;
  readonly refuse: (words: string) => Promise<void>;
  readonly close: () => void;
}

export function RefuseConnection({ connection, refuse, close }: RefuseConnectionProps) {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const action = useAction();
  async function confirmed(): Promise<void> {
    if (await action.run(() => refuse(words.trim()))) close();
  }
  return (
    <Modal variant="small" isOpen onClose={close} aria-labelledby="refuse-title" aria-describedby="refuse-body">
      <ModalHeader title={t('approval.refuseTitle')} labelId="refuse-title" />
      <ModalBody>
        <p id="refuse-body">{t('approval.refuseBody', { user: connection.user, session: connection.name })}</p>
        <Form
          onSubmit={(event) => {
            event.preventDefault();
            void confirmed();
          }}
        >
          <FormGroup label={t('approval.words')} fieldId="refuse-words">
            <TextArea
              id="refuse-words"
              value={words}
              maxLength={LONGEST_WORDS}
              resizeOrientation="vertical"
              onChange={(_event, entered) => setWords(entered)}
            />
          </FormGroup>
        </Form>
        {action.failure !== null && <Problem failure={action.failure} />}
      </ModalBody>
      <ModalFooter>
        <Button
          variant="danger"
          isLoading={action.running}
          isDisabled={action.running}
          onClick={() => void confirmed()}
        >
          {t('approval.confirm')}
        </Button>
        <Button variant="link" onClick={close}>
          {t('connections.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
