/** A login that the browser does not keep is told as what it is, and not tried where it says so before. */

import type { LoginAnswer } from '../../api/contract/account.ts';
import { me } from '../../api/contract.ts';
import { areCookiesBlocked, takesCookies } from './browser-cookies.ts';
import { CloudError, request } from './request.ts';

const blocked = () => new CloudError('cookies-blocked', null);

/**
 * Where a second factor is to follow, nothing is known yet: nobody is logged in.
 * @throws CloudError cookies-blocked, or what `attempt` throws
 */
export async function keptLogin(attempt: () => Promise<LoginAnswer>): Promise<LoginAnswer> {
  if (areCookiesBlocked(takesCookies(), null)) throw blocked();
  const answer = await attempt();
  if (answer.step !== 'code' && areCookiesBlocked(takesCookies(), await isKept())) throw blocked();
  return answer;
}

/** The second step, which needs the first one's cookie. @throws CloudError first-step-lost, as keptLogin */
export async function keptSecondStep(attempt: () => Promise<LoginAnswer>): Promise<LoginAnswer> {
  return keptLogin(() =>
    attempt().catch((error: unknown) => {
      if (error instanceof CloudError && error.code === 'not-logged-in') throw new CloudError('first-step-lost', null);
      throw error;
    }),
  );
}

/** Null where it cannot be found out: the login is believed then. */
async function isKept(): Promise<boolean | null> {
  try {
    await request({ path: '/api/me', answer: me, refusalKeepsLogin: true });
    return true;
  } catch (error) {
    return error instanceof CloudError && error.sentence !== null ? false : null;
  }
}
