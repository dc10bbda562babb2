/** A one-time code for a user: shown this once, to be handed over. */
import { Button, Card, CardBody, CardTitle, Content, Flex } from '@patternfly/react-core';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Invitation } from '../../api/contract.ts';
import { useFormat } from '../language/format.ts';
import { CopyButton } from './copy-button.tsx';

interface InvitationCodeProps {
  readonly invitation: Invitation;
  readonly done: () => void;
}

export function InvitationCode({ invitation, done }: InvitationCodeProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <Card>
      <CardTitle>
        <h2 tabIndex={-1} ref={heading}>
          {t('newUser.doneTitle', { name: invitation.user.name })}
        </h2>
      </CardTitle>
      <CardBody>
        <Content component="p">
          {t('user.codeBody', {
            until: format.time(invitation.expiresAt),
            address: `${window.location.origin}/invitation`,
          })}
        </Content>
        <p className="one-time-code">
          <span id="invitation-code-label">{t('newUser.code')}</span>
          <output className="mono" aria-labelledby="invitation-code-label">
            {invitation.code}
          </output>
        </p>
        <Flex gap={{ default: 'gapMd' }} alignItems={{ default: 'alignItemsCenter' }}>
          <CopyButton text={invitation.code} label={t('newUser.copy')} />
          <Button variant="link" onClick={done}>
            {t('newUser.done')}
          </Button>
        </Flex>
      </CardBody>
    </Card>
  );
}
