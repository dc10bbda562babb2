/** Every request of the contract that this interface makes. */
import { z } from 'zod';
import { loginAnswer } from '../../api/contract/account.ts';
import { device, type NewDevice } from '../../api/contract/devices.ts';
import { sessionHistory } from '../../api/contract/history.ts';
import {
  type AcceptRequest,
  auditEntry,
  gateway,
  invitation,
  type LoginRequest,
  me,
  type NewGateway,
  type NewRelease,
  type NewSession,
  type NewUser,
  session,
  startAnswer,
  user,
} from '../../api/contract.ts';
import { keptLogin } from './kept-login.ts';
import { request } from './request.ts';

const nothing = z.unknown().transform((): void => undefined);
const id = encodeURIComponent;

export const AUDIT_PAGE = 100;

function pageQuery(query: string, before: string | number | null, limit: number): string {
  const parameters = new URLSearchParams(query);
  parameters.set('limit', String(limit));
  if (before !== null) parameters.set('before', String(before));
  return parameters.toString();
}

export const cloud = {
  me: (signal: AbortSignal) => request({ path: '/api/me', answer: me, signal, refusalKeepsLogin: true }),
  login: (body: LoginRequest) =>
    keptLogin(() =>
      request({ method: 'POST', path: '/api/login', body, answer: loginAnswer, refusalKeepsLogin: true }),
    ),
  logout: () => request({ method: 'POST', path: '/api/logout', answer: nothing }),
  acceptInvitation: (body: AcceptRequest) =>
    keptLogin(() =>
      request({ method: 'POST', path: '/api/invitations/accept', body, answer: loginAnswer, refusalKeepsLogin: true }),
    ),

  users: (signal: AbortSignal) => request({ path: '/api/users', answer: z.array(user), signal }),
  addUser: (body: NewUser) => request({ method: 'POST', path: '/api/users', body, answer: invitation }),
  removeUser: (userId: string) => request({ method: 'DELETE', path: `/api/users/${id(userId)}`, answer: nothing }),

  gateways: (signal: AbortSignal) => request({ path: '/api/gateways', answer: z.array(gateway), signal }),
  addGateway: (body: NewGateway) => request({ method: 'POST', path: '/api/gateways', body, answer: gateway }),
  removeGateway: (registrationId: string) =>
    request({ method: 'DELETE', path: `/api/gateways/${id(registrationId)}`, answer: nothing }),
  addDevice: (registrationId: string, body: NewDevice) =>
    request({ method: 'POST', path: `/api/gateways/${id(registrationId)}/devices`, body, answer: device }),
  changeDevice: (deviceId: string, body: NewDevice) =>
    request({ method: 'PUT', path: `/api/devices/${id(deviceId)}`, body, answer: device }),
  removeDevice: (deviceId: string) =>
    request({ method: 'DELETE', path: `/api/devices/${id(deviceId)}`, answer: nothing }),

  /** `query`: filters as the address bar has them; the page behind the session `before`. */
  sessions: (query: string, before: string | null, limit: number, signal?: AbortSignal) =>
    request({
      path: `/api/sessions?${pageQuery(query, before, limit)}`,
      answer: z.array(session),
      ...(signal === undefined ? {} : { signal }),
    }),
  sessionHistory: (sessionId: string, signal: AbortSignal) =>
    request({ path: `/api/sessions/${id(sessionId)}/history`, answer: sessionHistory, signal }),
  session: (sessionId: string, signal: AbortSignal) =>
    request({ path: `/api/sessions/${id(sessionId)}`, answer: session, signal }),
  addSession: (body: NewSession) => request({ method: 'POST', path: '/api/sessions', body, answer: session }),
  release: (sessionId: string, released: NewRelease[]) =>
    request({ method: 'PUT', path: `/api/sessions/${id(sessionId)}/released`, body: { released }, answer: session }),
  startSession: (sessionId: string) =>
    request({ method: 'POST', path: `/api/sessions/${id(sessionId)}/start`, answer: startAnswer }),
  endSession: (sessionId: string) =>
    request({ method: 'POST', path: `/api/sessions/${id(sessionId)}/end`, answer: session }),
  sessionAudit: (sessionId: string, signal: AbortSignal) =>
    request({ path: `/api/sessions/${id(sessionId)}/audit`, answer: z.array(auditEntry), signal }),

  audit: (query: string, before: number | null, limit: number, signal?: AbortSignal) =>
    request({
      path: `/api/audit?${pageQuery(query, before, limit)}`,
      answer: z.array(auditEntry),
      ...(signal === undefined ? {} : { signal }),
    }),
} as const;
