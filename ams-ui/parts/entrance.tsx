/** The calm page around first start and login. */
import { Card, CardBody, CardTitle, Title } from '@patternfly/react-core';
import { type ReactNode, useEffect } from 'react';
import { LanguageSwitch } from './language-switch.tsx';

export function Entrance({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} - edgeGateway`;
  }, [title]);
  return (
    <div className="page">
      <header className="top">
        <span className="brand">edgeGateway</span>
        <LanguageSwitch />
      </header>
      <main className="content narrow">
        <Card>
          <CardTitle>
            <Title headingLevel="h1" size="2xl">
              {title}
            </Title>
          </CardTitle>
          <CardBody>{children}</CardBody>
        </Card>
      </main>
    </div>
  );
}
