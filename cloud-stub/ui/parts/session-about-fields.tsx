import { FormSection } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../language/format.ts';
import { SelectField, TextAreaField, TextField } from './form-fields.tsx';
import type { SessionDraft } from './session-draft.ts';

const LENGTHS = [15, 30, 60, 120, 240, 480, 720, 1440];

interface SessionAboutFieldsProps {
  readonly draft: SessionDraft;
  readonly change: (draft: SessionDraft) => void;
  /** What is wrong with the name; null while nothing is. */
  readonly nameError: string | null;
}

/** What a session is for, and how long one run may last. */
export function SessionAboutFields({ draft, change, nameError }: SessionAboutFieldsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const lengths = [...new Set([...LENGTHS, draft.maximumMinutes])].toSorted((a, b) => a - b);
  return (
    <FormSection title={t('newSession.about')} titleElement="h2">
      <TextField
        id="session-name"
        label={t('newSession.name')}
        required
        value={draft.name}
        change={(name) => change({ ...draft, name })}
        error={nameError}
      />
      <TextField
        id="session-reason"
        label={t('newSession.reason')}
        hint={t('newSession.reasonHint')}
        value={draft.reason}
        change={(reason) => change({ ...draft, reason })}
      />
      <TextAreaField
        id="session-description"
        label={t('newSession.description')}
        value={draft.description}
        change={(description) => change({ ...draft, description })}
      />
      <SelectField
        id="session-maximum"
        label={t('newSession.maximum')}
        hint={t('newSession.maximumHint')}
        value={String(draft.maximumMinutes)}
        change={(minutes) => change({ ...draft, maximumMinutes: Number(minutes) })}
        options={lengths.map((minutes) => ({ value: String(minutes), text: format.minutes(minutes) }))}
      />
    </FormSection>
  );
}
