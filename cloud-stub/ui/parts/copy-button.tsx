/** Copies a text, and says that it did. */
import { Button } from '@patternfly/react-core';
import { CheckIcon } from '@patternfly/react-icons/dist/esm/icons/check-icon';
import { CopyIcon } from '@patternfly/react-icons/dist/esm/icons/copy-icon';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

type Copy = 'not-yet' | 'copied' | 'failed';

export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const { t } = useTranslation();
  const [copy, setCopy] = useState<Copy>('not-yet');
  async function copyText(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setCopy('copied');
    } catch {
      setCopy('failed');
    }
  }
  return (
    <>
      <Button
        variant="secondary"
        icon={copy === 'copied' ? <CheckIcon /> : <CopyIcon />}
        onClick={() => void copyText()}
      >
        {label}
      </Button>
      <span aria-live="polite" className="copy-told">
        {copy === 'copied' && t('common.copied')}
        {copy === 'failed' && t('problem.copy')}
      </span>
    </>
  );
}
