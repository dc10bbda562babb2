/** The AMS's requests, one function each. */
import {
  type Access,
  type Approval,
  access,
  type LoginRequest,
  type Overview,
  overview,
  type PasswordChange,
  type Refusal,
  type SetupRequest,
  type SwitchRequest,
} from '@edgegateway/appliance/contract';
import { areCookiesBlocked, takesCookies } from './browser-cookies.ts';
import { AmsFailure, request } from './request.ts';

export const readAccess = (): Promise<Access> => request('GET', '/api/access', access);
export const setUp = (body: SetupRequest): Promise<Access> => enter('/api/setup', body);
export const logIn = (body: LoginRequest): Promise<Access> => enter('/api/login', body);
export const logOut = (): Promise<Access> => request('POST', '/api/logout', access);
export const changePassword = (body: PasswordChange): Promise<Access> => request('PUT', '/api/password', access, body);
export const readOverview = (): Promise<Overview> => request('GET', '/api/overview', overview);
export const switchRemoteAccess = (body: SwitchRequest): Promise<Overview> =>
  request('PUT', '/api/remoteconnect', overview, body);
export const endConnection = (sessionId: string): Promise<Overview> =>
  request('POST', `/api/connections/${encodeURIComponent(sessionId)}/end`, overview);
export const approveConnection = (sessionId: string, body: Approval): Promise<Overview> =>
  request('POST', `/api/connections/${encodeURIComponent(sessionId)}/approve`, overview, body);
export const refuseConnection = (sessionId: string, body: Refusal): Promise<Overview> =>
  request('POST', `/api/connections/${encodeURIComponent(sessionId)}/refuse`, overview, body);

/**
 * A browser that says that it keeps no cookies is told so before the one-time code is used up; whether it keeps the login
 * shows the next request.
 */
async function enter(path: string, body: SetupRequest | LoginRequest): Promise<Access> {
  requireCookies(null);
  await request('POST', path, access, body);
  const now = await readAccess();
  requireCookies(now.loggedIn);
  return now;
}

/** @throws AmsFailure 'cookies-blocked' */
function requireCookies(isKept: boolean | null): void {
  if (areCookiesBlocked(takesCookies(), isKept))
    throw new AmsFailure('cookies-blocked', 'the browser keeps no cookies');
}
