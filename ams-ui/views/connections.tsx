/** Who is connected now or asks to be, the plant's answer, and the way to end one connection (G4, P3). */
import type { Overview } from '@edgegateway/appliance/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { approveConnection, endConnection, refuseConnection } from '../ams/ams.ts';
import { ApprovalRow } from './approval-row.tsx';
import { ConnectionRow } from './connection-row.tsx';
import { EndConnection } from './end-connection.tsx';
import { RefuseConnection } from './refuse-connection.tsx';

interface ConnectionsProps {
  readonly overview: Overview;
  readonly onOverview: (overview: Overview) => void;
}

export type Connection = NonNullable<Overview['service']>['connections'][number];

export function Connections({ overview, onOverview }: ConnectionsProps) {
  const { t } = useTranslation();
  const [ending, setEnding] = useState<Connection | null>(null);
  const [refusing, setRefusing] = useState<Connection | null>(null);
  const [told, setTold] = useState('');
  const connections = overview.service?.connections ?? [];
  return (
    <section className="card" aria-labelledby="connections-title">
      <h2 id="connections-title">{t('connections.title')}</h2>
      <p aria-live="polite" className="told">
        {told}
      </p>
      {connections.length === 0 ? (
        <Nobody overview={overview} />
      ) : (
        <ul className="connections" aria-labelledby="connections-title">
          {connections.map((connection) =>
            connection.state === 'waiting-for-approval' ? (
              <ApprovalRow
                key={connection.sessionId}
                connection={connection}
                approve={async () => {
                  const { sessionId, clientPublicKey, user } = connection;
                  onOverview(await approveConnection(sessionId, { clientPublicKey }));
                  setTold(t('approval.approved', { user }));
                }}
                refuse={() => setRefusing(connection)}
              />
            ) : (
              <ConnectionRow key={connection.sessionId} connection={connection} end={() => setEnding(connection)} />
            ),
          )}
        </ul>
      )}
      {ending !== null && (
        <EndConnection
          connection={ending}
          close={() => setEnding(null)}
          end={async () => {
            onOverview(await endConnection(ending.sessionId));
            setTold(t('connections.endedResult', { user: ending.user }));
          }}
        />
      )}
      {refusing !== null && (
        <RefuseConnection
          connection={refusing}
          close={() => setRefusing(null)}
          refuse={async (words) => {
            const { sessionId, clientPublicKey, user } = refusing;
            onOverview(await refuseConnection(sessionId, { clientPublicKey, words }));
            setTold(t('approval.refused', { user }));
          }}
        />
      )}
    </section>
  );
}

function Nobody({ overview }: { readonly overview: Overview }) {
  const { t } = useTranslation();
  if (overview.service === null && overview.remoteConnect.state !== 'off') return <p>{t('connections.unknown')}</p>;
  return (
    <>
      <p className="strong">{t('connections.nobody')}</p>
      <p className="quiet">
        {t(overview.remoteConnect.state === 'off' ? 'connections.nobodyOff' : 'connections.nobodyOn')}
      </p>
    </>
  );
}
