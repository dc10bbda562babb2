/** Copies a text, and says that it did. */
import { Button } from '@patternfly/react-core';
import { CopyIcon } from '@patternfly/react-icons/dist/esm/icons/copy-icon';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const { t } = useTranslation();
  const [told, setTold] = useState<'copied' | 'copyFailed' | null>(null);
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setTold('copied');
    } catch {
      setTold('copyFailed');
    }
  }
  return (
    <span className="copy">
      <Button variant="secondary" icon={<CopyIcon />} onClick={() => void copy()}>
        {label}
      </Button>
      <span aria-live="polite">{told !== null && t(`details.${told}`)}</span>
    </span>
  );
}
