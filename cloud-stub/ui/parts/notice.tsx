/** An inline alert whose kind is told in the user's language; PatternFly would say it in English. */
import { Alert } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

interface NoticeProps {
  readonly variant: 'info' | 'warning' | 'danger';
  readonly title: string;
  readonly component?: 'p' | 'h2';
  readonly children?: ReactNode;
}

export function Notice({ variant, title, component = 'p', children }: NoticeProps) {
  const { t } = useTranslation();
  return (
    <Alert isInline variant={variant} variantLabel={t(`notice.${variant}`)} title={title} component={component}>
      {children}
    </Alert>
  );
}
