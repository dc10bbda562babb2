/** Which page stands at which address, and what is shown while nobody is logged in. */
import { Bullseye, Button, Spinner } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { Navigate, Route, Routes, useLocation } from 'react-router';
import { useLogin, useUser } from './cloud/login-context.tsx';
import { may, type Right } from './cloud/rights.ts';
import { AccessTokensPage } from './pages/access-tokens-page.tsx';
import { AccountPage } from './pages/account-page.tsx';
import { AuditPage } from './pages/audit-page.tsx';
import { ChangeDevicesPage } from './pages/change-devices-page.tsx';
import { DevicePage } from './pages/device-page.tsx';
import { EditSessionPage } from './pages/edit-session-page.tsx';
import { EnrolPage } from './pages/enrol-page.tsx';
import { EnrolmentGroupsPage } from './pages/enrolment-groups-page.tsx';
import { GatewayPage } from './pages/gateway-page.tsx';
import { GatewaysPage } from './pages/gateways-page.tsx';
import { InvitationPage } from './pages/invitation-page.tsx';
import { LoginPage } from './pages/login-page.tsx';
import { NewGatewayPage } from './pages/new-gateway-page.tsx';
import { NewSessionPage } from './pages/new-session-page.tsx';
import { NewUserPage } from './pages/new-user-page.tsx';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { SessionHistoryPage } from './pages/session-history-page.tsx';
import { SessionPage } from './pages/session-page.tsx';
import { SessionsPage } from './pages/sessions-page.tsx';
import { UserPage } from './pages/user-page.tsx';
import { UsersPage } from './pages/users-page.tsx';
import { Entrance } from './parts/entrance.tsx';
import { PageFrame } from './parts/page-frame.tsx';
import { Problem } from './parts/problem.tsx';
import { unreachable } from './unreachable.ts';

export function App() {
  const { t } = useTranslation();
  const { login, ask } = useLogin();
  const { pathname } = useLocation();
  if (pathname === '/invitation') return <InvitationPage />;
  switch (login.state) {
    case 'asking':
      return (
        <main>
          <Bullseye className="loading">
            <Spinner aria-label={t('common.loading')} />
          </Bullseye>
        </main>
      );
    case 'unreachable':
      return (
        <Entrance title={t('product')}>
          <Problem error={login.error} />
          <Button className="retry" variant="secondary" onClick={ask}>
            {t('common.retry')}
          </Button>
        </Entrance>
      );
    case 'out':
      return <LoginPage expired={login.expired} />;
    case 'enrolling':
      return <EnrolPage />;
    case 'in':
      return (
        <PageFrame>
          <Pages />
        </PageFrame>
      );
    default:
      return unreachable(login);
  }
}

const NEEDED: readonly {
  readonly path: string;
  readonly right: Right | null;
  readonly page: () => React.JSX.Element;
}[] = [
  { path: '/sessions', right: null, page: SessionsPage },
  { path: '/sessions/new', right: 'create-sessions', page: NewSessionPage },
  { path: '/sessions/:id', right: null, page: SessionPage },
  { path: '/sessions/:id/devices', right: 'create-sessions', page: ChangeDevicesPage },
  { path: '/sessions/:id/edit', right: 'create-sessions', page: EditSessionPage },
  { path: '/sessions/:id/history', right: null, page: SessionHistoryPage },
  { path: '/gateways', right: null, page: GatewaysPage },
  { path: '/gateways/new', right: 'add-devices', page: NewGatewayPage },
  { path: '/gateways/groups', right: 'add-devices', page: EnrolmentGroupsPage },
  { path: '/gateways/:registrationId', right: null, page: GatewayPage },
  { path: '/gateways/:registrationId/devices/:id', right: 'add-devices', page: DevicePage },
  { path: '/users', right: 'see-users', page: UsersPage },
  { path: '/users/new', right: 'add-users', page: NewUserPage },
  { path: '/users/:id', right: 'add-users', page: UserPage },
  { path: '/account', right: null, page: AccountPage },
  { path: '/access-tokens', right: null, page: AccessTokensPage },
  { path: '/audit', right: 'see-audit', page: AuditPage },
];

function Pages() {
  const user = useUser();
  const { t } = useTranslation();
  return (
    <Routes>
      <Route path="/" element={<Navigate to="/sessions" replace />} />
      {NEEDED.map(({ path, right, page: Shown }) => (
        <Route
          key={path}
          path={path}
          element={
            right === null || may(user.role, right) ? <Shown /> : <NotFoundPage title={t('common.notAllowed')} />
          }
        />
      ))}
      <Route path="*" element={<NotFoundPage title={t('common.notFound')} />} />
    </Routes>
  );
}
