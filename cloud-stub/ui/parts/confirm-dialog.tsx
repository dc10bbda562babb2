/** Asks once more before something is cut or removed. The dialog stays open while it happens, and tells a failure. */
import { Button, Modal, ModalBody, ModalFooter, ModalHeader, Stack, StackItem } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useAction } from '../cloud/use-action.ts';
import { Problem } from './problem.tsx';

interface ConfirmDialogProps {
  readonly title: string;
  readonly body: string;
  readonly confirm: string;
  readonly act: () => Promise<void>;
  readonly close: () => void;
}

export function ConfirmDialog({ title, body, confirm, act, close }: ConfirmDialogProps) {
  const { t } = useTranslation();
  const action = useAction();
  async function confirmed(): Promise<void> {
    if (await action.run(act)) close();
  }
  return (
    <Modal
      variant="small"
      isOpen
      onEscapePress={close}
      aria-labelledby="confirm-title"
      aria-describedby="confirm-body"
      elementToFocus="#confirm-cancel"
    >
      <ModalHeader title={title} labelId="confirm-title" />
      <ModalBody id="confirm-body">
        <Stack hasGutter>
          <StackItem>{body}</StackItem>
          {action.error !== null && (
            <StackItem>
              <Problem error={action.error} />
            </StackItem>
          )}
        </Stack>
      </ModalBody>
      <ModalFooter>
        <Button
          variant="danger"
          isLoading={action.running}
          isDisabled={action.running}
          onClick={() => void confirmed()}
        >
          {confirm}
        </Button>
        <Button id="confirm-cancel" variant="link" onClick={close}>
          {t('common.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
