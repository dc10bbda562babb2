/** A failure as a sentence that says what the user can do. */
import { Alert } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import type { AmsFailure } from '../ams/request.ts';

export function Problem({ failure }: { readonly failure: AmsFailure }) {
  const { t } = useTranslation();
  return (
    <div role="alert">
      <Alert isInline variant="danger" component="p" title={t(`error.${failure.code}`)} />
    </div>
  );
}
