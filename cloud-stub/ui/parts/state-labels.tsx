/** States as coloured labels that say the same in words. */
import { Label } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import type { Gateway, Session, SessionProgress, User } from '../../api/contract.ts';

type Look =
  | { readonly status: 'success' | 'warning' | 'danger' | 'info' }
  | { readonly color: 'blue' | 'grey' | 'teal' | 'purple' };

const SESSION: Readonly<Record<Session['state'], Look>> = {
  prepared: { color: 'blue' },
  'waiting-for-approval': { status: 'warning' },
  starting: { status: 'info' },
  active: { status: 'success' },
  ended: { color: 'grey' },
  expired: { color: 'grey' },
};

const GATEWAY: Readonly<Record<Gateway['state'], Look>> = {
  online: { status: 'success' },
  off: { color: 'grey' },
  offline: { status: 'danger' },
  never: { color: 'grey' },
  waiting: { status: 'warning' },
  disabled: { color: 'purple' },
};

const PROGRESS: Readonly<Record<SessionProgress['gateways'][string], Look>> = {
  waiting: { color: 'grey' },
  'waiting-for-approval': { status: 'warning' },
  refused: { status: 'danger' },
  prepared: { status: 'info' },
  connected: { status: 'success' },
  failed: { status: 'danger' },
};

export function SessionStateLabel({ state }: { readonly state: Session['state'] }) {
  const { t } = useTranslation();
  return <Label {...SESSION[state]}>{t(`sessionState.${state}`)}</Label>;
}

export function GatewayStateLabel({ state }: { readonly state: Gateway['state'] }) {
  const { t } = useTranslation();
  return <Label {...GATEWAY[state]}>{t(`gatewayState.${state}`)}</Label>;
}

export function GatewayProgressLabel({ state }: { readonly state: SessionProgress['gateways'][string] }) {
  const { t } = useTranslation();
  return <Label {...PROGRESS[state]}>{t(`gatewayProgress.${state}`)}</Label>;
}

export function UserStateLabel({ state }: { readonly state: User['state'] }) {
  const { t } = useTranslation();
  return <Label {...(state === 'active' ? { status: 'success' } : { color: 'grey' })}>{t(`users.${state}`)}</Label>;
}
