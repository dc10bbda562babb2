/** Somebody asks to be let in (P3): who, what for, to which machines, and the plant's answer. */
import { Button, Label } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useAction } from '../ams/use-action.ts';
import { useFormat } from '../language/use-format.ts';
import { Problem } from '../parts/problem.tsx';
import type { Connection } from './connections.tsx';
import { releasedWords } from './released-words.ts';

interface ApprovalRowProps {
  readonly connection: Connection;
  readonly approve: () => Promise<void>;
  /** Asks for the words first. */
  readonly refuse: () => void;
}

export function ApprovalRow({ connection, approve, refuse }: ApprovalRowProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const action = useAction();
  const { approval, user } = connection;
  if (approval === null) return null;
  const facts = [
    [t('approval.email'), approval.email],
    ...(approval.organisation === undefined ? [] : [[t('approval.organisation'), approval.organisation] as const]),
    [t('approval.reason'), approval.reason === '' ? t('approval.noReason') : approval.reason],
    [t('connections.session'), connection.name],
    [t('connections.addresses'), connection.released.map(releasedWords).join(', ')],
    [t('connections.endsAt'), format.time(connection.expiresAt)],
    [t('approval.key'), connection.clientPublicKey],
    [t('approval.until'), format.time(approval.until)],
  ] as const;
  return (
    <li className="connection" aria-label={`${user} ${t('approval.asks')}`}>
      <div className="connection-head">
        <h3>{user}</h3>
        <Label color="orange">{t('approval.asks')}</Label>
      </div>
      <dl className="facts">
        {facts.map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {action.failure !== null && <Problem failure={action.failure} />}
      <div className="answers">
        <Button
          variant="primary"
          isLoading={action.running}
          isDisabled={action.running}
          onClick={() => void action.run(approve)}
        >
          {t('approval.approve', { user })}
        </Button>
        <Button variant="secondary" isDanger isDisabled={action.running} onClick={refuse}>
          {t('approval.refuse', { user })}
        </Button>
      </div>
    </li>
  );
}
