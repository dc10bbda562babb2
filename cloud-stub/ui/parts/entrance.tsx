/** The calm page around login and invitation. */
import { Card, CardBody, CardTitle, Title } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Brand } from './brand.tsx';
import { LanguageSwitch } from './language-switch.tsx';
import { useDocumentTitle } from './page-header.tsx';

export function Entrance({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const { t } = useTranslation();
  useDocumentTitle(title);
  return (
    <div className="entrance">
      <header className="entrance-header">
        <Brand />
        <LanguageSwitch />
      </header>
      <main className="entrance-main">
        <Card isLarge className="entrance-card">
          <CardTitle>
            <Title headingLevel="h1" size="2xl">
              {title}
            </Title>
          </CardTitle>
          <CardBody>{children}</CardBody>
        </Card>
        <p className="tagline">{t('login.tagline')}</p>
      </main>
    </div>
  );
}
