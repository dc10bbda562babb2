/** Whatever the outside sends, the cloud refuses it in its own words and goes on. */
import { once } from 'node:events';
import { CLIENT_EVENTS_PATH, clientToCloud } from '@edgegateway/protocol/client-api';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { openTestStore } from '../store/testing.ts';
import { newAccessToken } from './contract/access-tokens.ts';
import { auditFilter, auditQuery, sessionsQuery } from './contract/history.ts';
import { ALWAYS } from './contract/session-rules.ts';
import { newSession, newUser, sessionEdit } from './contract.ts';
import { randomTicket, ticketOf } from './testing/values.ts';
import { ORIGIN, TestCloud } from './testing.ts';

const ADMINISTRATOR = 'admin@example.test';
vi.setConfig({ testTimeout: 60_000 });
const RUNS = { numRuns: 60 };
let cloud: TestCloud;
let eventToken: string;

beforeAll(async () => {
  cloud = await TestCloud.create(await openTestStore());
  const administrator = await cloud.accept(ADMINISTRATOR, (await cloud.firstLogin()).code);
  await cloud.addGateway(ADMINISTRATOR, 'gw-1');
  const session = await cloud.addSession(ADMINISTRATOR, ['gw-1'], [administrator]);
  const { body } = await cloud.call(ADMINISTRATOR, 'POST', `/api/sessions/${session.id}/start`);
  eventToken = (await cloud.redeem(ticketOf(body.link))).body.eventToken;
}, 60_000);
afterAll(() => cloud.close());
afterEach(() => expect(cloud.errors).toEqual([]));

/** Values that are nearly right come further than random ones. */
const nearly = (names: readonly string[]) =>
  fc.oneof(
    fc.json(),
    fc
      .dictionary(
        fc.constantFrom(...names),
        fc.oneof(
          fc.jsonValue(),
          fc.string({ unit: 'binary' }),
          fc.constantFrom('', 'a@b.example', 'Name', '\0', '\ud800', 60, [], 'remoteconnect-user', randomTicket()),
        ),
      )
      .map((value) => JSON.stringify(value)),
  );

test.each([
  ['/client/v1/redeem', ['ticket', 'publicKey', 'client']],
  ['/api/login', ['email', 'password']],
  ['/api/login/code', ['code']],
  ['/api/invitations/accept', ['code', 'password']],
  ['/api/account/password', ['current', 'wanted']],
  ['/api/account/second-factor', ['password']],
  ['/api/account/second-factor/confirm', ['code']],
  ['/api/account/second-factor/remove', ['password']],
  ['/api/account/recovery-codes', ['password']],
  ['/api/users', Object.keys(newUser.shape)],
  ['/api/sessions', Object.keys(newSession.shape)],
  ['/api/access-tokens', Object.keys(newAccessToken.shape)],
  ['/api/gateways/gw-1/devices', ['name', 'kind', 'address', 'services', 'notes', 'link', 'isMapped']],
  ['/api/enrolment-groups', ['name', 'certificate']],
])('any body to %s is answered without a failure of the cloud', async (url, names) => {
  await fc.assert(
    fc.asyncProperty(nearly(names), async (payload) => {
      const answer = await cloud.send(ADMINISTRATOR, url, payload);
      expect(answer.status).toBeLessThan(500);
    }),
    RUNS,
  );
});

test('any query of the callback of single sign-on, and any role of anybody, is answered without a failure', async () => {
  await fc.assert(
    fc.asyncProperty(fc.webQueryParameters(), nearly(['role']), fc.string(), async (query, payload, id) => {
      const callback = await cloud.call(ADMINISTRATOR, 'GET', `/api/login/oidc/callback?${query}`);
      expect(callback.status).toBeLessThan(500);
      const url = `/api/users/${encodeURIComponent(id)}/role`;
      const answer = await cloud.app.inject({
        method: 'PUT',
        url,
        headers: { origin: ORIGIN, 'content-type': 'application/json' },
        payload,
      });
      expect(answer.statusCode).toBeLessThan(500);
    }),
    RUNS,
  );
});

test('any body of an edit of a session, and any rules, are answered without a failure of the cloud', async () => {
  const { id } = await cloud.addSession(ADMINISTRATOR, ['gw-1']);
  const right = { name: 'x', description: '', reason: '', users: [], maximumMinutes: 5, validity: ALWAYS };
  const windows = fc.array(
    fc.record({
      days: fc.array(fc.constantFrom('monday', 'x')),
      from: fc.string(),
      to: fc.constantFrom('00:00', '24:00'),
    }),
  );
  const validity = fc.record({ from: fc.string(), to: fc.constant(null), windows, timeZone: fc.string() });
  const body = fc.oneof(
    fc.dictionary(fc.constantFrom(...Object.keys(sessionEdit.shape)), fc.jsonValue()),
    fc.oneof(validity, fc.jsonValue()).map((rules) => ({ ...right, validity: rules, plantApproval: false })),
  );
  await fc.assert(
    fc.asyncProperty(body, async (payload) => {
      const { status } = await cloud.call(ADMINISTRATOR, 'PUT', `/api/sessions/${id}`, payload);
      expect(status).toBeLessThan(500);
    }),
    RUNS,
  );
});

test.each([
  ['/api/audit', Object.keys(auditQuery.shape)],
  ['/api/audit/export', ['format', ...Object.keys(auditFilter.shape)]],
  ['/api/sessions', Object.keys(sessionsQuery.shape)],
])('C7: any query to %s is answered without a failure of the cloud', async (path, names) => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
    fc.constantFrom(
      '\0',
      "'",
      '%',
      '\\',
      '-1',
      '1e99',
      '2026-01-01T00:00:00.000Z',
      'csv',
      'active,ended',
      randomTicket(),
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.constantFrom(...names), value), async (query) => {
      const { status } = await cloud.download(ADMINISTRATOR, `${path}?${new URLSearchParams(query).toString()}`);
      expect(status).toBeLessThan(500);
    }),
    RUNS,
  );
});

test('any text on the event channel leaves the cloud standing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(nearly(['type', 'peers', 'batch']), fc.string({ unit: 'binary' })), async (text) => {
      fc.pre(!isLeave(text));
      const socket = await cloud.app.injectWS(CLIENT_EVENTS_PATH, {
        headers: { authorization: `Bearer ${eventToken}` },
      });
      const heard = Promise.race([once(socket, 'pong'), once(socket, 'close')]);
      socket.send(text);
      socket.ping();
      await heard;
      socket.terminate();
    }),
    RUNS,
  );
});

test('free text that a database cannot keep is refused', async () => {
  const session = {
    name: 'x',
    reason: '',
    released: [{ gateway: 'gw-1', target: { address: '10.0.0.1' } }],
    users: [],
  };
  for (const description of ['\0', '\ud800'])
    expect(
      (await cloud.call(ADMINISTRATOR, 'POST', '/api/sessions', { ...session, description, maximumMinutes: 5 })).status,
    ).toBe(400);
});

function isLeave(text: string): boolean {
  try {
    return clientToCloud.safeParse(JSON.parse(text)).data?.type === 'leave';
  } catch {
    return false;
  }
}
