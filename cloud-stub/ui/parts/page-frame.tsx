/** Masthead, navigation and the place for a page. Navigation shows only what the role may do. */
import {
  Button,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadMain,
  MastheadToggle,
  Nav,
  NavItem,
  NavList,
  Page,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
  SkipToContent,
} from '@patternfly/react-core';
import { SignOutAltIcon } from '@patternfly/react-icons/dist/esm/icons/sign-out-alt-icon';
import { UserIcon } from '@patternfly/react-icons/dist/esm/icons/user-icon';
import { type ReactNode, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate } from 'react-router';
import { cloud } from '../cloud/cloud.ts';
import { useLogin, useUser } from '../cloud/login-context.tsx';
import { may, type Right } from '../cloud/rights.ts';
import { useAction } from '../cloud/use-action.ts';
import { Brand } from './brand.tsx';
import { LanguageSwitch } from './language-switch.tsx';
import { Problem } from './problem.tsx';

const ENTRIES = [
  { to: '/sessions', text: 'navigation.sessions', right: null },
  { to: '/gateways', text: 'navigation.gateways', right: null },
  { to: '/users', text: 'navigation.users', right: 'see-users' },
  { to: '/audit', text: 'navigation.audit', right: 'see-audit' },
  { to: '/access-tokens', text: 'navigation.accessTokens', right: null },
] as const satisfies readonly { to: string; text: string; right: Right | null }[];

/** PatternFly's breakpoint between a sidebar beside the page and one above it. */
const WIDE = '(min-width: 75rem)';

function watchWidth(changed: () => void): () => void {
  const query = matchMedia(WIDE);
  query.addEventListener('change', changed);
  return () => query.removeEventListener('change', changed);
}

export function PageFrame({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const user = useUser();
  const { left } = useLogin();
  const logout = useAction();
  const wide = useSyncExternalStore(watchWidth, () => matchMedia(WIDE).matches);
  const [wideOpen, setWideOpen] = useState(true);
  /** Over a narrow page the navigation is open on the page it was opened on: following a link closes it. */
  const [openedOn, setOpenedOn] = useState<string | null>(null);
  const open = wide ? wideOpen : openedOn === pathname;
  function toggle(): void {
    if (wide) setWideOpen(!open);
    else setOpenedOn(open ? null : pathname);
  }

  async function logOut(): Promise<void> {
    const done = await logout.run(() => cloud.logout());
    if (!done) return;
    left();
    await navigate('/');
  }

  const masthead = (
    <Masthead>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton
            isHamburgerButton
            aria-label={t('frame.menu')}
            isSidebarOpen={open}
            onSidebarToggle={toggle}
          />
        </MastheadToggle>
        <MastheadBrand>
          <Link to="/sessions" className="brand-link">
            <Brand />
          </Link>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent className="masthead-tools">
        <Link to="/account" className="account-link">
          <UserIcon />
          <span className="screen-reader">{t('account.title')}</span>
          <span className="account">
            <span className="account-name">{user.name}</span>
            <span className="account-role">{t(`role.${user.role}`)}</span>
          </span>
        </Link>
        <LanguageSwitch />
        <Button
          variant="plain"
          icon={<SignOutAltIcon />}
          aria-label={t('frame.logout')}
          title={t('frame.logout')}
          isDisabled={logout.running}
          onClick={() => void logOut()}
        />
      </MastheadContent>
    </Masthead>
  );
  const sidebar = (
    <PageSidebar isSidebarOpen={open}>
      <PageSidebarBody>
        <Nav aria-label={t('frame.navigation')}>
          <NavList>
            {ENTRIES.filter(({ right }) => right === null || may(user.role, right)).map(({ to, text }) => {
              const active = pathname.startsWith(to);
              return (
                <NavItem key={to} itemId={to} isActive={active}>
                  <Link to={to} {...(active ? { 'aria-current': 'page' } : {})}>
                    {t(text)}
                  </Link>
                </NavItem>
              );
            })}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
  return (
    <Page
      masthead={masthead}
      sidebar={sidebar}
      mainContainerId="content"
      skipToContent={<SkipToContent href="#content">{t('frame.skip')}</SkipToContent>}
    >
      <Problem error={logout.error} />
      {children}
    </Page>
  );
}
