/** C7: the history of sessions and the audit log over HTTP: found, told, exported, and removed in time. */
import { createPublicKey, randomUUID } from 'node:crypto';
import type { AuditEventDetail } from '@edgegateway/protocol/audit-event';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verify } from '../../audit/testing.ts';
import { openTestStore } from '../../store/testing.ts';
import { type SessionHistory, sessionHistory } from '../contract/history.ts';
import type { AuditEntry, Session, User } from '../contract.ts';
import { ticketOf } from '../testing/values.ts';
import { TestCloud } from '../testing.ts';

const ADMINISTRATOR = 'admin@example.test';
const TECHNICIAN = 'tina@example.test';
/** Between one session and the next; a login ends after an hour without a request. */
const STEP = 15 * 60 * 1000;
/** Where the client comes from: a computer with IPv6 alone. */
const CLIENT = '2001:db8:6::10';
const DAY = 24 * 60 * 60 * 1000;

let cloud: TestCloud;
let technician: User;
let ran: Session;
/** Oldest first. */
const prepared: Session[] = [];

beforeAll(async () => {
  cloud = await TestCloud.create(await openTestStore());
  await cloud.accept(ADMINISTRATOR, (await cloud.firstLogin()).code);
  technician = await cloud.addPerson(ADMINISTRATOR, TECHNICIAN, 'remoteconnect-user');
  for (const gateway of ['gw-1', 'gw-2']) await cloud.addGateway(ADMINISTRATOR, gateway);
  await cloud.call(ADMINISTRATOR, 'POST', '/api/gateways/gw-1/devices', {
    ...{ name: 'Press', kind: 'controller', address: '192.168.250.10' },
  });
  ran = await cloud.addSession(ADMINISTRATOR, ['gw-1'], [technician]);
  await run(ran);
  for (let step = 1; step <= 3; step += 1) {
    cloud.ahead = step * STEP;
    prepared.push(await cloud.addSession(ADMINISTRATOR, ['gw-2'], step === 2 ? [technician] : []));
  }
}, 60_000);
afterAll(() => cloud.close());

/** From start to end, with what the gateway tells of it: late, and not in the order it arrives with other entries. */
async function run(session: Session): Promise<void> {
  const { body } = await cloud.call(TECHNICIAN, 'POST', `/api/sessions/${session.id}/start`);
  await cloud.redeem(ticketOf(body.link), undefined, CLIENT);
  const from = cloud.now().getTime();
  const at = (seconds: number) => new Date(from + seconds * 1000).toISOString();
  const flow = { source: '100.64.0.2', destination: '192.168.250.10', protocol: 'tcp', port: 502 } as const;
  const sessionId = session.id;
  const details: readonly AuditEventDetail[] = [
    { kind: 'tunnel-connected', sessionId, path: 'relay' },
    { kind: 'flow-opened', sessionId, ...flow },
    { kind: 'path-changed', sessionId, path: 'direct' },
    { kind: 'flow-refused', sessionId, ...flow, destination: '192.168.250.99', port: 22 },
    { kind: 'flow-closed', sessionId, ...flow, openedAt: at(1), bytesToDevice: 1200, bytesToClient: 34_000 },
    { kind: 'flow-opened', sessionId, ...flow },
    { kind: 'tunnel-lost', sessionId, reason: 'The other end is silent.' },
  ];
  await cloud.call(TECHNICIAN, 'POST', `/api/sessions/${sessionId}/end`);
  const log = randomUUID();
  const events = details.map((detail, index) => ({ log, sequence: index + 1, at: at(index), detail }));
  await cloud.listener.telemetry('gw-1', { events });
}

const ids = async (email: string, query: string): Promise<string[]> => {
  const { body } = await cloud.call(email, 'GET', `/api/sessions?${query}`);
  return body.map(({ id }: Session) => id);
};
/** Within a few seconds after the sessions were made. */
const time = (steps: number) => new Date(Date.now() + steps * STEP).toISOString();
const entries = async (query: string): Promise<AuditEntry[]> =>
  (await cloud.call(ADMINISTRATOR, 'GET', `/api/audit?${query}`)).body;
const idOf = (at: number) => prepared[at]?.id ?? '';

test('K11: what a client with IPv6 alone has done is found by its address', async () => {
  expect(await entries(`origin=${encodeURIComponent(CLIENT)}`)).toMatchObject([
    { action: 'ticket-redeemed', origin: CLIENT, sessionId: ran.id },
  ]);
});

test('C7: sessions are listed newest first, page by page', async () => {
  const all = [idOf(2), idOf(1), idOf(0), ran.id];
  expect(await ids(ADMINISTRATOR, '')).toEqual(all);
  expect(await ids(ADMINISTRATOR, 'limit=3')).toEqual(all.slice(0, 3));
  expect(await ids(ADMINISTRATOR, `limit=3&before=${idOf(0)}`)).toEqual([ran.id]);
  expect(await ids(ADMINISTRATOR, `before=${ran.id}`)).toEqual([]);
  expect(await ids(ADMINISTRATOR, `before=${randomUUID()}`)).toEqual([]);
});

test('C2: pages and filters show a remoteConnect User own sessions only', async () => {
  expect(await ids(TECHNICIAN, '')).toEqual([idOf(1), ran.id]);
  expect(await ids(TECHNICIAN, 'limit=1')).toEqual([idOf(1)]);
  expect(await ids(TECHNICIAN, `limit=1&before=${idOf(1)}`)).toEqual([ran.id]);
  expect(await ids(TECHNICIAN, 'gateway=gw-2')).toEqual([idOf(1)]);
  expect(await ids(TECHNICIAN, `search=${prepared[0]?.name.split(' ')[1]}`)).toEqual([]);
});

test('C7: sessions are filtered by state, user, gateway and time', async () => {
  expect(await ids(ADMINISTRATOR, 'state=ended,expired')).toEqual([ran.id]);
  expect(await ids(ADMINISTRATOR, 'state=prepared&gateway=gw-2&limit=1')).toEqual([idOf(2)]);
  expect(await ids(ADMINISTRATOR, `user=${technician.id}`)).toEqual([idOf(1), ran.id]);
  expect(await ids(ADMINISTRATOR, 'gateway=gw-1')).toEqual([ran.id]);
  expect(await ids(ADMINISTRATOR, `from=${time(1.5)}&to=${time(2.5)}`)).toEqual([idOf(1)]);
  expect(await ids(ADMINISTRATOR, `to=${time(0.5)}`)).toEqual([ran.id]);
  expect(await ids(ADMINISTRATOR, `from=${time(0.5)}&to=${time(0.6)}`)).toEqual([]);
});

test.each([
  ['a test', 4],
  ['A Test', 4],
  ['TINA', 2],
  ['press', 1],
  ['PRESS', 1],
  ['gw-1', 1],
  ['GW-1', 1],
  ['.250.1', 4],
  ['192.168.250.10 tina gw-1', 1],
  ['100%', 0],
  ['_', 0],
])('C7: a search of the sessions for %j finds %d', async (search, count) => {
  expect(await ids(ADMINISTRATOR, `search=${encodeURIComponent(search)}`)).toHaveLength(count);
});

test('a filter that does not exist is refused, not left out', async () => {
  for (const path of ['/api/sessions?users=x', '/api/audit?actors=x', '/api/audit/export?format=csv&sesion=x'])
    expect((await cloud.download(ADMINISTRATOR, path)).status).toBe(400);
});

test("C7, K11: the history of a session weaves the gateway's events in by the time they happened", async () => {
  const { body } = await cloud.call(TECHNICIAN, 'GET', `/api/sessions/${ran.id}/history`);
  const history: SessionHistory = sessionHistory.parse(body);
  expect(history.isComplete).toBe(true);
  expect(history.runs).toMatchObject([
    {
      startedBy: { email: TECHNICIAN },
      ...{ startedFrom: '127.0.0.1', clientFrom: CLIENT, computer: 'laptop' },
      clientAddress: expect.stringMatching(/^100\./),
    },
  ]);
  expect(history.runs[0]?.endedAt).not.toBeNull();
  expect(history.paths.map(({ step, path }) => [step, path])).toEqual([
    ['connected', 'relay'],
    ['changed', 'direct'],
    ['lost', null],
  ]);
  const times = history.steps.map(({ occurredAt }) => occurredAt);
  expect(times).toEqual(times.toSorted());
  const actions = history.steps.map(({ entry }) => entry.action);
  expect(actions.slice(0, 3)).toEqual(['session-created', 'session-started', 'ticket-redeemed']);
  expect(actions.at(-1)).toBe('tunnel-lost');
  expect(actions.indexOf('session-ended')).toBeLessThan(actions.indexOf('tunnel-lost'));
});

test('C7: flows tell device, port and bytes, refused ones and those that nobody has seen end', async () => {
  const { body } = await cloud.call(ADMINISTRATOR, 'GET', `/api/sessions/${ran.id}/history`);
  const { flows } = sessionHistory.parse(body);
  expect(flows).toMatchObject([
    {
      ...{ gateway: 'gw-1', device: 'Press', address: '192.168.250.10', protocol: 'tcp', port: 502, refused: false },
      ...{ bytesToDevice: 1200, bytesToClient: 34_000 },
    },
    { device: null, address: '192.168.250.99', port: 22, refused: true, closedAt: null },
    { device: 'Press', refused: false, closedAt: null, bytesToDevice: null, bytesToClient: null },
  ]);
  expect(flows[0]?.closedAt).not.toBeNull();
});

test('C7: the audit log is filtered over HTTP', async () => {
  const refused = await entries(`session=${ran.id}&action=flow-refused&kind=gateways&gateway=gw-1`);
  expect(refused.map(({ action }) => action)).toEqual(['flow-refused']);
  expect(await entries('search=192.168.250.99')).toEqual(refused);
  expect((await entries(`actor=${encodeURIComponent(`tina <${TECHNICIAN}>`)}&limit=1`))[0]?.action).toBe(
    'session-ended',
  );
  expect(await entries('origin=192.0.2.1')).toEqual([]);
});

test.each(['csv', 'jsonl'] as const)(
  'C7: an export of everything as %s verifies with the key of the cloud, and is audited',
  async (format) => {
    const { status, text, headers } = await cloud.download(ADMINISTRATOR, `/api/audit/export?format=${format}`);
    expect(status).toBe(200);
    expect(headers['content-disposition']).toBe(`attachment; filename="audit-log.${format}"`);
    const { body } = await cloud.call(ADMINISTRATOR, 'GET', '/api/audit/key');
    const report = await verify([text], createPublicKey(body.publicKeyPem));
    expect(report).toMatchObject({ problem: null, gaps: 0, signature: 'right', first: { sequence: 1 } });
    const [newest] = (await cloud.call(ADMINISTRATOR, 'GET', '/api/audit?limit=1')).body;
    expect(newest).toMatchObject({
      sequence: (report.last?.sequence ?? 0) + 1,
      ...{ action: 'audit-exported', origin: '127.0.0.1', details: { format, filter: {} } },
    });
    expect(newest.actor).toContain(ADMINISTRATOR);
  },
);

test('C7: the export of a session holds its entries only, says what it left out, and verifies', async () => {
  const { text, headers } = await cloud.download(TECHNICIAN, `/api/sessions/${ran.id}/export?format=jsonl`);
  expect(headers['content-disposition']).toContain(`session-${ran.id}.jsonl`);
  const report = await verify([text], cloud.auditKey.publicKey);
  expect(report).toMatchObject({ problem: null, header: { filter: { session: ran.id } } });
  const { body } = await cloud.call(TECHNICIAN, 'GET', `/api/sessions/${ran.id}/audit`);
  expect(body[0]).toMatchObject({ action: 'audit-exported', actor: expect.stringContaining(TECHNICIAN) });
  expect(report.entries).toBe(body.length - 1);
});

test('C7: at its start the cloud removes what is older than ten years, and the rest is told and verifies', async () => {
  cloud.ahead = 3651 * DAY;
  await cloud.restart();
  await cloud.switchOn('gw-1');
  cloud.ahead = 0;
  const { text } = await cloud.download(ADMINISTRATOR, '/api/audit/export?format=jsonl');
  const report = await verify([text]);
  expect(report.problem).toBeNull();
  expect(report.first?.sequence).toBeGreaterThan(1);
  const { body } = await cloud.call(ADMINISTRATOR, 'GET', '/api/audit?action=audit-retention');
  expect(body).toMatchObject([{ actor: 'cloud', details: { from: 1, retentionDays: 3650 } }]);
});

test('C7: a search of the sessions knows no capitals, beyond ASCII neither', async () => {
  const { body } = await cloud.call(ADMINISTRATOR, 'POST', '/api/sessions', {
    ...{ name: 'PRÜFSTAND Öl', description: '', reason: '', users: [], maximumMinutes: 30 },
    released: [{ gateway: 'gw-1', target: { address: '192.168.250.10' } }],
  });
  expect(await ids(ADMINISTRATOR, `search=${encodeURIComponent('prüfstand ÖL')}`)).toEqual([body.id]);
});
