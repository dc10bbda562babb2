/** Prompts to open the client (C9), as long as the ticket in the link works. */
import { Button, Card, CardBody, CardTitle, Content, Flex } from '@patternfly/react-core';
import { ExternalLinkAltIcon } from '@patternfly/react-icons/dist/esm/icons/external-link-alt-icon';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from './copy-button.tsx';

/** As the contract says. Counted from the answer's arrival, because this computer's clock may be wrong. */
const TICKET_SECONDS = 60;

interface OpenClientProps {
  readonly link: string;
  /** Called once the link no longer works. */
  readonly over: () => void;
}

export function OpenClient({ link, over }: OpenClientProps) {
  const { t } = useTranslation();
  const [left, setLeft] = useState(TICKET_SECONDS);
  const heading = useRef<HTMLHeadingElement>(null);
  const tellOver = useRef(over);
  useEffect(() => {
    tellOver.current = over;
  });

  useEffect(() => {
    heading.current?.focus();
    const began = performance.now();
    const timer = setInterval(() => {
      const seconds = Math.max(0, TICKET_SECONDS - Math.floor((performance.now() - began) / 1000));
      setLeft(seconds);
      if (seconds > 0) return;
      clearInterval(timer);
      tellOver.current();
    }, 250);
    return () => clearInterval(timer);
  }, []);

  return (
    <Card className="open-client" component="section" aria-labelledby="open-client-title">
      <CardTitle>
        <h2 id="open-client-title" tabIndex={-1} ref={heading}>
          {t('open.title')}
        </h2>
      </CardTitle>
      <CardBody>
        <Content component="p">{t('open.body')}</Content>
        <Flex gap={{ default: 'gapMd' }} alignItems={{ default: 'alignItemsCenter' }}>
          <Button component="a" href={link} size="lg" icon={<ExternalLinkAltIcon />}>
            {t('open.open')}
          </Button>
          <CopyButton text={link} label={t('open.copy')} />
        </Flex>
        <p className="hint open-hint">{t('open.copyHint')}</p>
        <div className="countdown">
          <progress max={TICKET_SECONDS} value={left} aria-hidden="true" />
          <span role="timer">{t('open.left', { count: left })}</span>
        </div>
      </CardBody>
    </Card>
  );
}
