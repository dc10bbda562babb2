/** The requests of contract/account.ts. */
import { z } from 'zod';
import {
  account,
  enrolment,
  loginAnswer,
  loginWays,
  ownLogin,
  type PasswordChange,
  recoveryCodes,
  userDetails,
} from '../../api/contract/account.ts';
import { invitation, type Role } from '../../api/contract.ts';
import { keptSecondStep } from './kept-login.ts';
import { request } from './request.ts';

const nothing = z.unknown().transform((): void => undefined);
const id = encodeURIComponent;
const user = (userId: string) => `/api/users/${id(userId)}`;

export const SINGLE_SIGN_ON = '/api/login/oidc';

export const accountCloud = {
  loginWays: (signal: AbortSignal) => request({ path: '/api/login/ways', answer: loginWays, signal }),
  loginCode: (code: string) =>
    keptSecondStep(() =>
      request({
        method: 'POST',
        path: '/api/login/code',
        body: { code },
        answer: loginAnswer,
        refusalKeepsLogin: true,
      }),
    ),

  account: (signal: AbortSignal) => request({ path: '/api/account', answer: account, signal }),
  changePassword: (body: PasswordChange) =>
    request({ method: 'POST', path: '/api/account/password', body, answer: nothing }),
  beginSecondFactor: (password: string | null) =>
    request({ method: 'POST', path: '/api/account/second-factor', body: { password }, answer: enrolment }),
  confirmSecondFactor: (code: string) =>
    request({ method: 'POST', path: '/api/account/second-factor/confirm', body: { code }, answer: recoveryCodes }),
  removeSecondFactor: (password: string) =>
    request({ method: 'POST', path: '/api/account/second-factor/remove', body: { password }, answer: nothing }),
  renewRecoveryCodes: (password: string) =>
    request({ method: 'POST', path: '/api/account/recovery-codes', body: { password }, answer: recoveryCodes }),
  logins: (signal: AbortSignal) => request({ path: '/api/account/logins', answer: z.array(ownLogin), signal }),
  endLogin: (loginId: string) =>
    request({ method: 'DELETE', path: `/api/account/logins/${id(loginId)}`, answer: nothing }),
  endOtherLogins: () => request({ method: 'DELETE', path: '/api/account/logins', answer: nothing }),

  user: (userId: string, signal: AbortSignal) => request({ path: user(userId), answer: userDetails, signal }),
  changeRole: (userId: string, role: Role) =>
    request({ method: 'PUT', path: `${user(userId)}/role`, body: { role }, answer: userDetails }),
  disableUser: (userId: string) => request({ method: 'POST', path: `${user(userId)}/disable`, answer: userDetails }),
  enableUser: (userId: string) => request({ method: 'POST', path: `${user(userId)}/enable`, answer: userDetails }),
  inviteAgain: (userId: string) => request({ method: 'POST', path: `${user(userId)}/invite`, answer: invitation }),
  resetSecondFactor: (userId: string) =>
    request({ method: 'DELETE', path: `${user(userId)}/second-factor`, answer: userDetails }),
} as const;
