/** Which view: first start, login or the main page, as the AMS says. */
import type { Access } from '@edgegateway/appliance/contract';
import { Button, Spinner } from '@patternfly/react-core';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { readAccess } from './ams/ams.ts';
import { AmsFailure, login } from './ams/request.ts';
import { Entrance } from './parts/entrance.tsx';
import { Problem } from './parts/problem.tsx';
import { FirstStart } from './views/first-start.tsx';
import { Login } from './views/login.tsx';
import { MainPage } from './views/main-page.tsx';

export function App() {
  const { t } = useTranslation();
  const [access, setAccess] = useState<Access | null>(null);
  const [failure, setFailure] = useState<AmsFailure | null>(null);

  const ask = useCallback(async () => {
    try {
      setAccess(await readAccess());
      setFailure(null);
    } catch (error) {
      setFailure(error instanceof AmsFailure ? error : new AmsFailure('internal', String(error)));
    }
  }, []);

  useEffect(() => {
    // oxlint-disable-next-line react/set-state-in-effect -- set only after the answer
    void ask();
    const lost = () => void ask();
    login.addEventListener('lost', lost);
    return () => login.removeEventListener('lost', lost);
  }, [ask]);

  if (access !== null) {
    if (!access.passwordSet) return <FirstStart onAccess={setAccess} />;
    return access.loggedIn ? <MainPage onAccess={setAccess} /> : <Login onAccess={setAccess} />;
  }
  if (failure === null) {
    return (
      <main className="waiting">
        <Spinner aria-label={t('frame.loading')} />
      </main>
    );
  }
  return (
    <Entrance title={t('frame.unreachable')}>
      <Problem failure={failure} />
      <Button className="wide" onClick={() => void ask()}>
        {t('frame.retry')}
      </Button>
    </Entrance>
  );
}
