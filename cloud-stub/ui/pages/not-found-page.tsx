import { EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, PageSection } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { LinkButton } from '../parts/link-button.tsx';
import { useDocumentTitle } from '../parts/page-header.tsx';

export function NotFoundPage({ title }: { readonly title: string }) {
  const { t } = useTranslation();
  useDocumentTitle(title);
  return (
    <PageSection isWidthLimited isFilled>
      <EmptyState titleText={title} headingLevel="h1">
        <EmptyStateBody>{t('common.notFoundBody')}</EmptyStateBody>
        <EmptyStateFooter>
          <EmptyStateActions>
            <LinkButton to="/sessions">{t('common.toSessions')}</LinkButton>
          </EmptyStateActions>
        </EmptyStateFooter>
      </EmptyState>
    </PageSection>
  );
}
