/** The requests of the contract's `session-rules.ts`. */
import { endedSessions, startChecks } from '../../api/contract/session-rules.ts';
import { type SessionEdit, session } from '../../api/contract.ts';
import { request } from './request.ts';

const id = encodeURIComponent;

export const sessionRules = {
  edit: (sessionId: string, body: SessionEdit) =>
    request({ method: 'PUT', path: `/api/sessions/${id(sessionId)}`, body, answer: session }),
  duplicate: (sessionId: string) =>
    request({ method: 'POST', path: `/api/sessions/${id(sessionId)}/duplicate`, answer: session }),
  preconditions: (sessionId: string, signal: AbortSignal) =>
    request({ path: `/api/sessions/${id(sessionId)}/preconditions`, answer: startChecks, signal }),
  endAllThrough: (registrationId: string) =>
    request({ method: 'POST', path: `/api/gateways/${id(registrationId)}/end-sessions`, answer: endedSessions }),
} as const;
