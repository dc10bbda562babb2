/** Title, way back and actions of a page. The title takes the focus, so that a screen reader says where one is. */
import {
  Breadcrumb,
  BreadcrumbItem,
  Content,
  Flex,
  FlexItem,
  PageBreadcrumb,
  PageSection,
  Title,
} from '@patternfly/react-core';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, NavigationType, useNavigationType } from 'react-router';

export interface Crumb {
  readonly to: string;
  readonly text: string;
}

interface PageHeaderProps {
  readonly title: string;
  readonly label?: ReactNode;
  readonly intro?: string;
  readonly crumbs?: readonly Crumb[];
  readonly actions?: ReactNode;
}

export function useDocumentTitle(title: string): void {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} – ${t('product')}`;
  }, [title, t]);
}

export function PageHeader({ title, label, intro, crumbs = [], actions }: PageHeaderProps) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  const navigation = useNavigationType();
  useDocumentTitle(title);
  useEffect(() => {
    if (navigation !== NavigationType.Pop) heading.current?.focus();
  }, [navigation]);
  return (
    <>
      {crumbs.length > 0 && (
        <PageBreadcrumb isWidthLimited>
          <Breadcrumb aria-label={t('common.breadcrumb')}>
            {crumbs.map(({ to, text }) => (
              <BreadcrumbItem
                key={to}
                render={({ className }) => (
                  <Link className={className} to={to}>
                    {text}
                  </Link>
                )}
              />
            ))}
            <BreadcrumbItem isActive>{title}</BreadcrumbItem>
          </Breadcrumb>
        </PageBreadcrumb>
      )}
      <PageSection isWidthLimited className="page-header">
        <Flex
          justifyContent={{ default: 'justifyContentSpaceBetween' }}
          alignItems={{ default: 'alignItemsFlexStart' }}
          gap={{ default: 'gapMd' }}
        >
          <FlexItem className="page-title">
            <Flex alignItems={{ default: 'alignItemsCenter' }} gap={{ default: 'gapMd' }}>
              <Title headingLevel="h1" size="2xl" tabIndex={-1} ref={heading}>
                {title}
              </Title>
              {label}
            </Flex>
            {intro !== undefined && <Content component="p">{intro}</Content>}
          </FlexItem>
          {actions !== undefined && <FlexItem>{actions}</FlexItem>}
        </Flex>
      </PageSection>
    </>
  );
}
