/** What no database can keep is refused by its name where people send it, and replaced where gateways and clients do. */
import { once } from 'node:events';
import { CLIENT_EVENTS_PATH } from '@edgegateway/protocol/client-api';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { appendAudit } from '../store/audit-log.ts';
import { openTestStore } from '../store/testing.ts';
import { newReport, newWireguardKey, ticketOf } from './testing/values.ts';
import { TestCloud } from './testing.ts';

vi.setConfig({ testTimeout: 60_000 });
const PATIENCE = 20_000;
const ADMINISTRATOR = 'admin@example.test';
const UNSTORABLE = [
  ['NUL', 'a\0b'],
  ['half a surrogate pair', 'a\ud800'],
] as const;
let cloud: TestCloud;

beforeAll(async () => {
  cloud = await TestCloud.create(await openTestStore());
  await cloud.accept(ADMINISTRATOR, (await cloud.firstLogin()).code);
  await cloud.addGateway(ADMINISTRATOR, 'gw-1');
}, 60_000);
afterAll(() => cloud.close());
afterEach(() => expect(cloud.errors).toEqual([]));

const session = (changes: object) => ({
  ...{ name: 'x', description: '', reason: '', users: [], maximumMinutes: 5 },
  released: [{ gateway: 'gw-1', target: { address: '10.0.0.1' } }],
  ...changes,
});

test.each(UNSTORABLE)('K22: %s in any text of a body is refused by the name of its field', async (_what, text) => {
  const fields = [
    ['/api/sessions', session({ name: text }), 'name'],
    ['/api/sessions', session({ released: [{ gateway: 'gw-1', target: { address: text } }] }), 'released 0 target'],
    ['/api/sessions', session({ [text]: 1 }), 'a'],
    ['/api/users', { email: 'a@b.example', name: text, role: 'remoteconnect-user' }, 'name'],
    ['/api/login', { email: text, password: 'x' }, 'email'],
    ['/api/login', { email: ADMINISTRATOR, password: text }, 'password'],
    ['/api/gateways/gw-1/devices', { name: 'x', notes: text }, 'notes'],
  ] as const;
  for (const [url, body, field] of fields) {
    const answer = await cloud.call(ADMINISTRATOR, 'POST', url, body);
    expect([answer.status, answer.body.code]).toEqual([400, 'not-understood']);
    expect(answer.body.detail).toContain(`(${field}`);
  }
});

test.each([
  '/api/sessions?search=%00',
  '/api/audit?actor=a%00b',
  '/api/users/%00',
  '/api/sessions/%00/history',
  '/api/gateways/gw-1%00/devices',
  '/api/login/oidc/callback?state=%00',
])('K22: NUL in the address is refused too: %s', async (url) => {
  const { status } = await cloud.call(ADMINISTRATOR, 'GET', url);
  expect([400, 404]).toContain(status);
});

test.each([
  ['/api/sessions?limit=99999999999', 'limit'],
  ['/api/sessions?offset=99999999999', 'offset'],
  ['/api/audit?before=1e99', 'before'],
  ['/api/audit?limit=-99999999999', 'limit'],
])('K22: a number that is out of all bounds is refused by its name: %s', async (url, field) => {
  const { status, body } = await cloud.call(ADMINISTRATOR, 'GET', url);
  expect(status).toBe(400);
  expect(body.detail).toContain(field);
});

test('K22: a page before the largest number there is, is the first one', async () => {
  const { status } = await cloud.call(ADMINISTRATOR, 'GET', `/api/audit?before=${Number.MAX_SAFE_INTEGER}`);
  expect(status).toBe(200);
});

test.each([99_999_999_999, 1e308, -1, 0.5])('K22: %d is no port and no number of minutes', async (number) => {
  const target = { address: '10.0.0.1', protocol: 'tcp', port: number };
  const bodies = [
    [session({ maximumMinutes: number }), 'maximumMinutes'],
    [session({ released: [{ gateway: 'gw-1', target }] }), 'released'],
  ] as const;
  for (const [body, field] of bodies) {
    const answer = await cloud.call(ADMINISTRATOR, 'POST', '/api/sessions', body);
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toContain(field);
  }
});

test('K22: arrays in arrays, as many as fit into a request, are refused', async () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  expect((await cloud.send(ADMINISTRATOR, '/api/sessions', `{"name":${deep}}`)).status).toBe(400);
});

test('K22: a refusal that tells of such a text is written to the audit log, the text made readable', async () => {
  const at = cloud.now().toISOString();
  const details = { email: 'a\0b', 'k\ud800': ['\udfff'] };
  await cloud.store.write((writer) =>
    appendAudit(writer, { at, actor: 'x\0', origin: '192.0.2.1', action: 'login-refused', details }),
  );
  const { body } = await cloud.call(ADMINISTRATOR, 'GET', '/api/audit?action=login-refused');
  expect(body[0]).toMatchObject({ actor: 'x\ufffd', details: { email: 'a\ufffdb', 'k\ufffd': ['\ufffd'] } });
});

test.each(UNSTORABLE)('K22: %s in what a gateway reports is replaced, and the report is taken', async (_what, text) => {
  const running = await cloud.addSession(ADMINISTRATOR, ['gw-1']);
  const since = cloud.now().toISOString();
  const sessions = { [running.id]: { state: 'failed' as const, since, reason: text } };
  await cloud.listener.reported('gw-1', newReport({ version: text, sessions }));
  const { body } = await cloud.call(ADMINISTRATOR, 'GET', '/api/gateways');
  expect(body[0].version).toMatch(/^a\ufffdb?$/);
});

test('K22: a plant that ends a session with such a name ends it', async () => {
  const running = await cloud.addSession(ADMINISTRATOR, ['gw-1']);
  await cloud.call(ADMINISTRATOR, 'POST', `/api/sessions/${running.id}/start`);
  const detail = { kind: 'session-ended-locally', sessionId: running.id, by: 'Shift\0lead' };
  const event = { log: crypto.randomUUID(), sequence: 1, at: cloud.now().toISOString(), detail };
  await cloud.listener.telemetry('gw-1', { events: [event] });
  const { body } = await cloud.call(ADMINISTRATOR, 'GET', `/api/sessions/${running.id}`);
  expect(body).toMatchObject({ state: 'ended', stateWhy: { code: 'ended-by-plant', by: 'Shift\ufffdlead' } });
});

test("K22: such a name in a client's status leaves its channel open", async () => {
  const running = await cloud.addSession(ADMINISTRATOR, ['gw-1']);
  const { body } = await cloud.call(ADMINISTRATOR, 'POST', `/api/sessions/${running.id}/start`);
  const { eventToken } = (await cloud.redeem(ticketOf(body.link), newWireguardKey())).body;
  const headers = { authorization: `Bearer ${eventToken}` };
  const socket = await cloud.app.injectWS(CLIENT_EVENTS_PATH, { headers });
  const peer = { registrationId: 'gw-1', state: 'connecting', path: 'relay', relay: 'relay\0', lastHandshakeAt: null };
  socket.send(JSON.stringify({ type: 'status', peers: [{ ...peer, receivedBytes: 0, sentBytes: 0 }] }));
  await expect
    .poll(async () => (await cloud.call(ADMINISTRATOR, 'GET', `/api/sessions/${running.id}`)).body.progress.peers, {
      timeout: PATIENCE,
    })
    .toMatchObject([{ relay: 'relay\ufffd' }]);
  const answered = once(socket, 'pong');
  socket.ping();
  await answered;
  socket.terminate();
});
