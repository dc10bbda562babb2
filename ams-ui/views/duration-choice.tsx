/** Only when needed, or until it is switched off (G3). */
import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';

const CHOICES = [
  { words: 'switch.hour', minutes: 60 },
  { words: 'switch.shift', minutes: 8 * 60 },
  { words: 'switch.day', minutes: 24 * 60 },
  { words: 'switch.forGood', minutes: null },
] as const;

interface DurationChoiceProps {
  readonly choose: (minutes: number | null) => void;
  readonly close: () => void;
}

export function DurationChoice({ choose, close }: DurationChoiceProps) {
  const { t } = useTranslation();
  return (
    <Modal variant="small" isOpen onClose={close} aria-labelledby="duration-title" aria-describedby="duration-lead">
      <ModalHeader title={t('switch.howLong')} labelId="duration-title" />
      <ModalBody>
        <p id="duration-lead" className="lead">
          {t('switch.howLongLead')}
        </p>
        <div className="choices">
          {CHOICES.map(({ words, minutes }) => (
            <Button key={words} className="wide" variant="secondary" onClick={() => choose(minutes)}>
              {t(words)}
            </Button>
          ))}
        </div>
      </ModalBody>
      <ModalFooter>
        <Button variant="link" onClick={close}>
          {t('switch.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
