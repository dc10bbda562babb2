/// <reference types="node" />
/** The tests' cloud, as far as logins, the own account and single users go (contract/account.ts). */
import { z } from 'zod';
import {
  account,
  codeRequest,
  confirmRequest,
  enrolment,
  loginAnswer,
  loginWays,
  type OwnLogin,
  ownLogin,
  passwordChange,
  passwordProof,
  recoveryCodes,
  roleChange,
  userDetails,
} from '../../api/contract/account.ts';
import { invitation, type User } from '../../api/contract.ts';

export const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
export const RECOVERY_CODES = Array.from({ length: 10 }, (_, at) => `K7QM-2XRP-9TWD-00${at}Z`);

export interface FakeAccess {
  /** Who is asked for a code before being let in. */
  waitingForCode: User | null;
  asksForCode: boolean;
  enrolling: boolean;
  singleSignOn: string | null;
  secondFactorSince: string | null;
  logins: OwnLogin[];
}

const uuid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

export function sampleAccess(): FakeAccess {
  return {
    waitingForCode: null,
    asksForCode: false,
    enrolling: false,
    singleSignOn: null,
    secondFactorSince: '2026-11-20T10:00:00.000Z',
    logins: [
      ['Firefox, Windows', '192.0.2.17', '2026-11-24T09:00:00.000Z', true] as const,
      ['Safari, iOS', '2001:db8:85a3::8a2e:370:7334', '2026-11-24T07:30:00.000Z', false] as const,
      ['', '198.51.100.4', '2026-11-23T20:10:00.000Z', false] as const,
    ].map(([browser, address, at, isThisOne], index) => ({
      id: uuid(900 + index),
      createdAt: at,
      lastUsedAt: at,
      address,
      browser,
      isThisOne,
    })),
  };
}

interface State {
  me: User | null;
  users: User[];
  access: FakeAccess;
}

/** @returns null for what is not here; the answer in a list otherwise, an empty one being 204 */
export function answerAccount(route: string, id: string, last: string, body: unknown, state: State): unknown[] | null {
  const { access } = state;
  const found = state.users.find((one) => one.id === id);
  switch (route) {
    case 'GET /api/login/ways':
      return [loginWays.parse({ singleSignOn: access.singleSignOn === null ? null : { name: access.singleSignOn } })];
    case 'POST /api/login/code':
      codeRequest.parse(body);
      state.me = access.waitingForCode;
      return [loginAnswer.parse({ step: 'done', user: state.me })];
    case 'GET /api/account':
      return [
        account.parse({
          user: state.me,
          hasPassword: true,
          secondFactor: {
            since: access.secondFactorSince,
            isDemanded: state.me?.role === 'administrator',
            recoveryCodesLeft: access.secondFactorSince === null ? 0 : 8,
          },
        }),
      ];
    case 'POST /api/account/password':
      passwordChange.parse(body);
      access.logins = access.logins.filter(({ isThisOne }) => isThisOne);
      return [];
    case 'POST /api/account/second-factor':
      passwordProof.parse(body);
      return [
        enrolment.parse({
          secret: SECRET,
          uri: `otpauth://totp/remoteConnect:${state.me?.email}?issuer=remoteConnect&secret=${SECRET}&algorithm=SHA1&digits=6&period=30`,
        }),
      ];
    case 'POST /api/account/second-factor/confirm':
      confirmRequest.parse(body);
      access.enrolling = false;
      access.secondFactorSince = '2026-11-24T09:30:00.000Z';
      return [recoveryCodes.parse({ codes: RECOVERY_CODES })];
    case 'POST /api/account/second-factor/remove':
      passwordProof.parse(body);
      access.secondFactorSince = null;
      return [];
    case 'POST /api/account/recovery-codes':
      passwordProof.parse(body);
      return [recoveryCodes.parse({ codes: RECOVERY_CODES })];
    case 'GET /api/account/logins':
      return [z.array(ownLogin).parse(access.logins)];
    case 'DELETE /api/account/logins':
      access.logins = access.logins.filter(({ isThisOne }) => isThisOne);
      return [];
    case `DELETE /api/account/logins/${last}`:
      access.logins = access.logins.filter((login) => login.id !== last);
      return [];
    default:
      return found === undefined ? null : answerUser(route, body, found);
  }
}

function answerUser(route: string, body: unknown, user: User): unknown[] | null {
  switch (route) {
    case 'GET /api/users/:id':
      return [details(user)];
    case 'PUT /api/users/:id/role':
      user.role = roleChange.parse(body).role;
      return [details(user)];
    case 'POST /api/users/:id/disable':
      user.state = 'disabled';
      return [details(user)];
    case 'POST /api/users/:id/enable':
      user.state = 'active';
      return [details(user)];
    case 'POST /api/users/:id/invite':
      return [invitation.parse({ user, code: 'K7QM-2XRP-9TWD', expiresAt: '2026-12-01T12:00:00.000Z' })];
    case 'DELETE /api/users/:id/second-factor':
      return [{ ...details(user), hasSecondFactor: false }];
    default:
      return null;
  }
}

function details(user: User) {
  return userDetails.parse({
    user,
    createdAt: '2026-10-01T08:00:00.000Z',
    lastLoginAt: user.state === 'invited' ? null : '2026-11-23T16:41:00.000Z',
    activeLogins: user.state === 'active' ? 1 : 0,
    hasPassword: user.state !== 'invited',
    hasSecondFactor: user.state === 'active',
    hasSingleSignOn: false,
    invitationExpiresAt: user.state === 'invited' ? '2026-12-01T12:00:00.000Z' : null,
  });
}
