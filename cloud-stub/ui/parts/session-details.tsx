import { useTranslation } from 'react-i18next';
import type { Session } from '../../api/contract.ts';
import { useFormat } from '../language/format.ts';
import { DetailsCard } from './details-card.tsx';
import { isRunning } from './session-running.ts';
import { validityLines } from './validity-text.ts';

export function SessionDetails({ session }: { readonly session: Session }) {
  const { t } = useTranslation();
  const format = useFormat();
  const running = isRunning(session.state);
  const details = [
    { term: t('session.reason'), value: session.reason },
    { term: t('session.description'), value: session.description },
    {
      term: t('session.users'),
      value: session.users.length === 0 ? t('common.none') : format.list(session.users.map(({ name }) => name)),
    },
    { term: t('session.maximum'), value: format.minutes(session.maximumMinutes) },
    {
      term: t('rules.validity'),
      value: validityLines(session.validity, t, format).map((line) => <div key={line}>{line}</div>),
    },
    { term: t('rules.plantApproval'), value: session.plantApproval ? t('rules.approval') : '' },
    {
      term: t('session.created'),
      value: t('session.byAt', { at: format.time(session.createdAt), name: session.createdBy }),
    },
    {
      term: t('session.started'),
      value:
        session.startedAt === null
          ? ''
          : session.startedBy === null
            ? format.time(session.startedAt)
            : t('session.byAt', { at: format.time(session.startedAt), name: session.startedBy.name }),
    },
    { term: t('session.ends'), value: running && session.expiresAt !== null ? format.time(session.expiresAt) : '' },
    { term: t('session.ended'), value: !running && session.endedAt !== null ? format.time(session.endedAt) : '' },
  ];
  return <DetailsCard title={t('session.details')} details={details.filter(({ value }) => value !== '')} />;
}
