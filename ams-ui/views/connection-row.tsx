import { Button, Label } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../language/use-format.ts';
import type { Connection } from './connections.tsx';
import { releasedWords } from './released-words.ts';

const COLOURS = { 'waiting-for-approval': 'orange', connected: 'green', waiting: 'blue', ended: 'grey' } as const;

/** Bytes, wherever the path is not too narrow for it: said is only what is unusual. */
const USUAL_MTU = 1280;

export function ConnectionRow({ connection, end }: { readonly connection: Connection; readonly end: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const data = t('connections.dataValue', {
    received: format.bytes(connection.receivedBytes),
    sent: format.bytes(connection.sentBytes),
  });
  const path = t(`connections.${connection.path ?? 'noPath'}`);
  const { mtu } = connection;
  const { relayReason } = connection;
  const why =
    relayReason === null ? [] : [[t('connections.whyRelay'), t(`connections.relayReason.${relayReason}`)] as const];
  const facts = [
    [t('connections.session'), connection.name],
    [t('connections.addresses'), connection.released.map(releasedWords).join(', ')],
    [t('connections.since'), connection.connectedSince === null ? '-' : format.time(connection.connectedSince)],
    [t('connections.path'), mtu === null || mtu >= USUAL_MTU ? path : t('connections.pathValue', { path, bytes: mtu })],
    ...why,
    [t('connections.data'), data],
    [t('connections.endsAt'), format.time(connection.expiresAt)],
  ] as const;
  return (
    <li className="connection" aria-label={connection.user}>
      <div className="connection-head">
        <h3>{connection.user}</h3>
        <Label color={COLOURS[connection.state]}>{t(`connections.${connection.state}`)}</Label>
      </div>
      <dl className="facts">
        {facts.map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {connection.state !== 'ended' && (
        <Button variant="secondary" isDanger onClick={end}>
          {t('connections.end', { user: connection.user })}
        </Button>
      )}
    </li>
  );
}
