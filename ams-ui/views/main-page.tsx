/** The page after the login: the switch first, then who is connected, the way to the cloud and the integrator's details. */
import type { Access, Overview } from '@edgegateway/appliance/contract';
import { Alert, Button, Spinner } from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { logOut, readOverview } from '../ams/ams.ts';
import { followOverview } from '../ams/overview-stream.ts';
import { useAction } from '../ams/use-action.ts';
import { LanguageSwitch } from '../parts/language-switch.tsx';
import { Problem } from '../parts/problem.tsx';
import { ChangePassword } from './change-password.tsx';
import { CloudState } from './cloud-state.tsx';
import { Connections } from './connections.tsx';
import { IntegratorDetails } from './integrator-details.tsx';
import { RemoteAccess } from './remote-access.tsx';

export function MainPage({ onAccess }: { readonly onAccess: (access: Access) => void }) {
  const { t } = useTranslation();
  const [overview, setOverview] = useState<Overview | null>(null);
  const [lost, setLost] = useState(false);
  const [changing, setChanging] = useState(false);
  const [changed, setChanged] = useState(false);
  const leaving = useAction();
  const title = t('switch.title');

  useEffect(() => {
    document.title = `${title} - edgeGateway`;
  }, [title]);

  useEffect(() => {
    const end = new AbortController();
    followOverview(
      {
        onOverview: setOverview,
        onLink: (link) => setLost(link === 'lost'),
        // A 401 makes the application ask for the login again; any other failure is what the note already says.
        onRefused: () => void readOverview().then(setOverview, () => setLost(true)),
      },
      end.signal,
    );
    return () => end.abort();
  }, []);

  return (
    <div className="page">
      <header className="top">
        <span className="brand">edgeGateway</span>
        <LanguageSwitch />
      </header>
      <main className="content">
        <div aria-live="polite">
          {lost && <Alert isInline variant="warning" component="p" title={t('frame.lost')} />}
        </div>
        {leaving.failure !== null && <Problem failure={leaving.failure} />}
        {overview === null ? (
          <Spinner aria-label={t('frame.loading')} />
        ) : (
          <>
            <RemoteAccess state={overview.remoteConnect} onOverview={setOverview} />
            <Connections overview={overview} onOverview={setOverview} />
            <CloudState overview={overview} />
            <IntegratorDetails overview={overview} />
          </>
        )}
      </main>
      <footer className="bottom">
        <div aria-live="polite">
          {changed && <Alert isInline variant="success" component="p" title={t('change.done')} />}
        </div>
        <Button
          variant="secondary"
          onClick={() => {
            setChanged(false);
            setChanging(true);
          }}
        >
          {t('change.title')}
        </Button>
        <Button
          variant="secondary"
          isDisabled={leaving.running}
          onClick={() => void leaving.run(async () => onAccess(await logOut()))}
        >
          {t('frame.logout')}
        </Button>
      </footer>
      {changing && <ChangePassword close={() => setChanging(false)} onChanged={() => setChanged(true)} />}
    </div>
  );
}
