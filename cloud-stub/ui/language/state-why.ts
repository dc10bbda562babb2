import type { TFunction } from 'i18next';
import type { Session } from '../../api/contract.ts';
import { unreachable } from '../unreachable.ts';
import type { Format } from './format.ts';

/** Why a session is in its state, in the user's language; the cloud's own sentence where there is no more. */
export function stateWhyText({ stateWhy: why, stateReason }: Session, t: TFunction, format: Format): string {
  if (why === null) return stateReason;
  switch (why.code) {
    case 'client-not-opened':
    case 'waiting-for-approval':
    case 'approval-lapsed':
    case 'left-at-client':
    case 'remoteconnect-off':
    case 'maximum-over':
      return t(`why.${why.code}`);
    case 'approval-refused':
      return t(`why.${why.words === '' ? 'approval-refused' : 'approval-refused-words'}`, why);
    case 'ended-by-user':
      return t('why.ended-by-user', why);
    case 'ended-by-plant':
      return t('why.ended-by-plant', why);
    case 'window-over':
    case 'validity-over':
      return t(`why.${why.code}`, { at: format.time(why.at) });
    default:
      return unreachable(why);
  }
}
