/// <reference types="node" />
/**
 * A cloud for the interface's tests: serves the built page under the cloud's policy, and answers out of memory. Every
 * request and answer passes the contract's schemas, so that it cannot drift from the interface it stands for.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { apiError } from '@edgegateway/protocol/client-api';
import { z } from 'zod';
import { accessToken, issuedToken, newAccessToken } from '../../api/contract/access-tokens.ts';
import { loginAnswer } from '../../api/contract/account.ts';
import { type Device, device, newDevice } from '../../api/contract/devices.ts';
import { enrolmentGroup, newEnrolmentGroup } from '../../api/contract/enrolment.ts';
import { sessionHistory } from '../../api/contract/history.ts';
import { withoutVersion } from '../../api/contract/version.ts';
import {
  acceptRequest,
  auditEntry,
  type Change,
  change,
  gateway,
  invitation,
  loginRequest,
  me,
  newGateway,
  newSession,
  newUser,
  released,
  type StartRefusal,
  session,
  sessionEdit,
  startAnswer,
  startRefusal,
  user,
} from '../../api/contract.ts';
import { answerAccount } from './fake-account.ts';
import { historyOf, listedAudit, listedSessions } from './fake-history.ts';
import { checksOf, copyOf, editSession, endAllThrough } from './fake-session-rules.ts';
import { ENROLMENT_GROUP, type FakeState, LINK, sampleState, withDeviceNames } from './sample-data.ts';

export const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

interface Refusal {
  readonly status: number;
  readonly body: object;
}

function refusalOf(status: number, code: string, sentence: string): Refusal {
  const body = { type: `/api/docs#${code}`, title: sentence, status, detail: sentence, code };
  return { status, body: apiError.parse(body) };
}

class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super('refused');
    this.refusal = refusal;
  }
}

export class FakeCloud {
  state: FakeState = sampleState();
  readonly seen: SeenRequest[] = [];
  readonly #folder: string;
  readonly #server: Server;
  readonly #streams = new Set<ServerResponse>();
  readonly #refusals = new Map<string, Refusal>();

  private constructor(folder: string) {
    this.#folder = folder;
    this.#server = createServer((incoming, outgoing) => void this.#serve(incoming, outgoing));
  }

  static async start(folder: string): Promise<FakeCloud> {
    const cloud = new FakeCloud(folder);
    await new Promise<void>((resolve) => cloud.#server.listen(0, '127.0.0.1', resolve));
    return cloud;
  }

  get origin(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error("the test's cloud does not listen");
    return `http://127.0.0.1:${address.port}`;
  }

  /** Begins anew, logged in as the administrator. */
  reset(): void {
    this.state = sampleState();
    this.seen.length = 0;
    this.#refusals.clear();
  }

  /** The next such request is refused with a sentence. */
  refuse(route: string, status: number, code: string, message: string): void {
    this.#refusals.set(route, refusalOf(status, code, message));
  }

  refuseStart({ message, missing }: { code: string; message: string; missing: StartRefusal['missing'] }): void {
    const { status, body } = refusalOf(409, 'preconditions', message);
    this.#refusals.set('POST /api/sessions/:id/start', { status, body: startRefusal.parse({ ...body, missing }) });
  }

  tell(news: Change): void {
    for (const stream of this.#streams) stream.write(`data: ${JSON.stringify(change.parse(news))}\n\n`);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const address = new URL(withoutVersion(incoming.url ?? '/'), this.origin);
    outgoing.setHeader('content-security-policy', POLICY);
    if (address.pathname === '/api/events' && this.state.me !== null) {
      outgoing.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      outgoing.write(': hello\n\n');
      this.#streams.add(outgoing);
      outgoing.on('close', () => this.#streams.delete(outgoing));
      return;
    }
    if (address.pathname.endsWith('/export')) {
      this.seen.push({ method: 'GET', path: `${address.pathname}${address.search}`, body: undefined });
      outgoing.writeHead(200, {
        'content-type': 'text/csv',
        'content-disposition': 'attachment; filename="audit-log.csv"',
      });
      outgoing.end('as the cloud has made it');
      return;
    }
    if (!address.pathname.startsWith('/api/')) return this.#serveFile(address.pathname, outgoing);
    const method = incoming.method ?? 'GET';
    const text = await textOf(incoming);
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    this.seen.push({ method, path: address.pathname, body });
    try {
      const answer = this.#answer(method, address, body);
      outgoing.writeHead(answer === undefined ? 204 : 200, { 'content-type': 'application/json' });
      outgoing.end(answer === undefined ? undefined : JSON.stringify(answer));
    } catch (error) {
      const refusal =
        error instanceof Refused
          ? error.refusal
          : refusalOf(400, 'invalid', `The test's cloud could not read this: ${String(error)}`.slice(0, 300));
      outgoing.writeHead(refusal.status, { 'content-type': 'application/problem+json' });
      outgoing.end(JSON.stringify(refusal.body));
    }
  }

  async #serveFile(path: string, outgoing: ServerResponse): Promise<void> {
    const wanted = extname(path) === '' ? '/index.html' : normalize(path);
    const content = await readFile(join(this.#folder, wanted)).catch(() => null);
    outgoing.writeHead(content === null ? 404 : 200, { 'content-type': TYPES[extname(wanted)] ?? 'text/plain' });
    outgoing.end(content);
  }

  #answer(method: string, address: URL, body: unknown): unknown {
    const parts = address.pathname.split('/').slice(2).map(decodeURIComponent);
    const route = `${method} /api/${parts.map((part, index) => (index === 1 && !FIXED.has(part) ? ':id' : part)).join('/')}`;
    const refusal = this.#refusals.get(route);
    if (refusal !== undefined) {
      this.#refusals.delete(route);
      throw new Refused(refusal);
    }
    const id = parts[1] ?? '';
    const { state } = this;
    if (state.me === null && !OPEN.has(route)) throw new Refused(refusalOf(401, 'no-login', 'Log in first.'));
    if (state.access.enrolling && !OPEN.has(route) && !WHILE_ENROLLING.has(route))
      throw new Refused(refusalOf(403, 'second-factor-required', 'Set up a second factor first.'));
    switch (route) {
      case 'GET /api/me':
        if (state.me === null) throw new Refused(refusalOf(401, 'no-login', 'Log in first.'));
        return me.parse({ user: state.me, step: state.access.enrolling ? 'enrol' : 'done' });
      case 'POST /api/login': {
        const { email } = loginRequest.parse(body);
        state.me = state.users.find((one) => one.email === email) ?? null;
        if (state.me === null) throw new Refused(refusalOf(403, 'wrong-password', 'Email or password is wrong.'));
        if (state.access.asksForCode) {
          state.access.waitingForCode = state.me;
          state.me = null;
          return loginAnswer.parse({ step: 'code' });
        }
        return loginAnswer.parse({ step: state.access.enrolling ? 'enrol' : 'done', user: state.me });
      }
      case 'POST /api/logout':
        state.me = null;
        return undefined;
      case 'POST /api/invitations/accept':
        acceptRequest.parse(body);
        state.me = state.users[0] ?? null;
        return loginAnswer.parse({ step: 'done', user: state.me });
      case 'GET /api/users':
        return z.array(user).parse(state.users);
      case 'POST /api/users': {
        const added = user.parse({ ...newUser.parse(body), id: crypto.randomUUID(), state: 'invited' });
        state.users.push(added);
        return invitation.parse({ user: added, code: 'K7QM-2XRP-9TWD', expiresAt: '2026-12-01T12:00:00.000Z' });
      }
      case 'DELETE /api/users/:id':
        state.users = state.users.filter((one) => one.id !== id);
        return undefined;
      case 'GET /api/access-tokens':
        return z.array(accessToken).parse(state.accessTokens);
      case 'POST /api/access-tokens': {
        const { name, scopes } = newAccessToken.parse(body);
        const times = {
          createdAt: '2026-11-25T12:00:00.000Z',
          expiresAt: '2026-12-25T12:00:00.000Z',
          lastUsedAt: null,
        };
        const details = { id: crypto.randomUUID(), name, scopes, prefix: 'rct_TTTTTTTT', ...times };
        state.accessTokens.push(accessToken.parse(details));
        return issuedToken.parse({ token: `rct_${'T'.repeat(43)}`, details });
      }
      case 'DELETE /api/access-tokens/:id':
        state.accessTokens = state.accessTokens.filter((one) => one.id !== id);
        return undefined;
      case 'GET /api/gateways':
        return z.array(gateway).parse(state.gateways);
      case 'POST /api/gateways': {
        const { registrationId, name } = newGateway.parse(body);
        const added = gateway.parse({
          registrationId,
          name,
          state: 'never',
          lastSeenAt: null,
          version: null,
          localNetworks: [],
          devices: [],
        });
        state.gateways.push(added);
        return added;
      }
      case 'DELETE /api/gateways/:id':
        state.gateways = state.gateways.filter((one) => one.registrationId !== id);
        return undefined;
      case 'POST /api/gateways/:id/disable':
        this.#gateway(id).state = 'disabled';
        return undefined;
      case 'POST /api/gateways/:id/enable':
        this.#gateway(id).state = 'never';
        return undefined;
      case 'GET /api/enrolment-groups':
        return z.array(enrolmentGroup).parse(state.enrolmentGroups);
      case 'POST /api/enrolment-groups': {
        const { name } = newEnrolmentGroup.parse(body);
        const added = enrolmentGroup.parse({ ...ENROLMENT_GROUP, id: crypto.randomUUID(), name });
        state.enrolmentGroups.push(added);
        return added;
      }
      case 'DELETE /api/enrolment-groups/:id':
        state.enrolmentGroups = state.enrolmentGroups.filter((one) => one.id !== id);
        return undefined;
      case 'POST /api/gateways/:id/devices': {
        const added = deviceFrom(body, crypto.randomUUID(), id);
        state.gateways.find((one) => one.registrationId === id)?.devices.push(added);
        return added;
      }
      case 'PUT /api/devices/:id': {
        const owner = state.gateways.find(({ devices }) => devices.some((one) => one.id === id));
        if (owner === undefined) return undefined;
        const changed = deviceFrom(body, id, owner.registrationId);
        owner.devices = owner.devices.map((one) => (one.id === id ? changed : one));
        return changed;
      }
      case 'DELETE /api/devices/:id':
        for (const one of state.gateways) one.devices = one.devices.filter((candidate) => candidate.id !== id);
        return undefined;
      case 'GET /api/sessions':
        return z.array(session).parse(listedSessions(state, address.searchParams));
      case 'GET /api/sessions/:id/history':
        return sessionHistory.parse(historyOf(state, this.#session(id)));
      case 'POST /api/sessions': {
        const wanted = newSession.parse(body);
        const added = session.parse({
          ...wanted,
          id: crypto.randomUUID(),
          state: 'prepared',
          stateReason: '',
          stateWhy: null,
          released: withDeviceNames(wanted.released, state.gateways),
          users: state.users.filter((one) => wanted.users.includes(one.id)),
          createdAt: '2026-11-24T09:00:00.000Z',
          createdBy: state.me?.name,
          startedAt: null,
          startedBy: null,
          endedAt: null,
          expiresAt: null,
          progress: null,
          may: { start: true, end: true, change: true },
        });
        state.sessions.unshift(added);
        return added;
      }
      case 'PUT /api/sessions/:id':
        return editSession(this.#session(id), sessionEdit.parse(body), state.users);
      case 'POST /api/sessions/:id/duplicate': {
        const copy = copyOf(this.#session(id));
        state.sessions.unshift(copy);
        return copy;
      }
      case 'GET /api/sessions/:id/preconditions':
        return checksOf(this.#session(id), state);
      case 'POST /api/gateways/:id/end-sessions':
        return endAllThrough(id, state);
      case 'GET /api/sessions/:id':
        return this.#session(id);
      case 'PUT /api/sessions/:id/released': {
        const changed = this.#session(id);
        changed.released = withDeviceNames(released.parse(body).released, state.gateways);
        return session.parse(changed);
      }
      case 'POST /api/sessions/:id/start': {
        const started = this.#session(id);
        started.state = 'starting';
        started.startedAt = '2026-11-24T09:30:00.000Z';
        started.startedBy = state.me;
        started.expiresAt = '2026-11-24T10:30:00.000Z';
        started.progress = {
          ticketRedeemedAt: null,
          computer: null,
          gateways: Object.fromEntries(started.released.map((one) => [one.gateway, 'waiting' as const])),
          approvals: {},
          peers: [],
        };
        return startAnswer.parse({ session: started, link: LINK, ticketExpiresAt: '2026-11-24T09:31:00.000Z' });
      }
      case 'POST /api/sessions/:id/end': {
        const ended = this.#session(id);
        ended.state = 'ended';
        ended.stateReason = `Ended by ${state.me?.name ?? ''}.`;
        ended.stateWhy = { code: 'ended-by-user', name: state.me?.name ?? '' };
        ended.endedAt = '2026-11-24T09:45:00.000Z';
        return session.parse(ended);
      }
      case 'GET /api/sessions/:id/audit':
        return z.array(auditEntry).parse(state.audit.filter((entry) => entry.sessionId === id));
      case 'GET /api/audit': {
        return z.array(auditEntry).parse(listedAudit(state, address.searchParams));
      }
      default: {
        const answer = answerAccount(route, id, parts.at(-1) ?? '', body, state);
        if (answer !== null) return answer[0];
        throw new Refused(refusalOf(404, 'not-found', `The contract has no ${route}.`));
      }
    }
  }

  #gateway(id: string) {
    const found = this.state.gateways.find((one) => one.registrationId === id);
    if (found === undefined) throw new Refused(refusalOf(404, 'not-found', 'There is no such thing.'));
    return found;
  }

  #session(id: string) {
    const found = this.state.sessions.find((one) => one.id === id);
    if (found === undefined) throw new Refused(refusalOf(404, 'not-found', 'There is no such session.'));
    session.parse(found);
    return found;
  }
}

function deviceFrom(body: unknown, id: string, registrationId: string): Device {
  const { isMapped, ...wanted } = newDevice.parse(body);
  return device.parse({ ...wanted, id, gateway: registrationId, mappedAddress: isMapped ? '100.112.0.9' : null });
}
const FIXED = new Set(['accept', 'code', 'ways', 'password', 'second-factor', 'recovery-codes', 'logins']);
const OPEN = new Set([
  'GET /api/me',
  'POST /api/login',
  'POST /api/logout',
  'POST /api/invitations/accept',
  'GET /api/login/ways',
  'POST /api/login/code',
]);
const WHILE_ENROLLING = new Set(['POST /api/account/second-factor', 'POST /api/account/second-factor/confirm']);
