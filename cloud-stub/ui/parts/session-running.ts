import type { Session } from '../../api/contract.ts';

/** Someone has started it, and nothing has ended it since. */
export function isRunning(state: Session['state']): boolean {
  return state === 'starting' || state === 'waiting-for-approval' || state === 'active';
}
