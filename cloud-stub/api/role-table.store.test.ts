/** C2: the role table of the requirements, row by row and role by role, over HTTP. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openTestStore } from '../store/testing.ts';
import type { Role, Session, User } from './contract.ts';
import { isRight, RIGHTS, scopeOf } from './rights.ts';
import { type Answer, TestCloud } from './testing.ts';

vi.setConfig({ testTimeout: 60_000 });
let cloud: TestCloud;
let own: Session;
let foreign: Session;
/** A user whom nobody needs any more. */
let subject: string;
const people: Partial<Record<Role, User>> = {};

const ADMINISTRATOR = 'admin@example.test';
const EMAIL: Readonly<Record<Role, string>> = {
  administrator: ADMINISTRATOR,
  'remoteconnect-administrator': 'rc-admin@example.test',
  'remoteconnect-user': 'user@example.test',
};
const ROLES: readonly Role[] = ['administrator', 'remoteconnect-administrator', 'remoteconnect-user'];

beforeAll(async () => {
  cloud = await TestCloud.create(await openTestStore());
  const { code } = await cloud.firstLogin();
  people.administrator = await cloud.accept(ADMINISTRATOR, code);
  for (const role of ['remoteconnect-administrator', 'remoteconnect-user'] as const)
    people[role] = await cloud.addPerson(ADMINISTRATOR, EMAIL[role], role);
  await cloud.addGateway(ADMINISTRATOR, 'gw-1');
  const person = { email: 'subject@example.test', name: 'Subject', role: 'remoteconnect-user' };
  subject = (await cloud.call(ADMINISTRATOR, 'POST', '/api/users', person)).body.user.id;
}, 180_000);
afterAll(() => cloud.close());

async function freshSessions(): Promise<void> {
  const user = people['remoteconnect-user'];
  own = await cloud.addSession(ADMINISTRATOR, ['gw-1'], user === undefined ? [] : [user]);
  foreign = await cloud.addSession(ADMINISTRATOR, ['gw-1']);
}

interface Row {
  readonly right: string;
  readonly ask: (email: string, role: Role) => Promise<Answer>;
  readonly answers: Readonly<Record<Role, number>>;
}

const asAnswer = ({ status, headers }: Pick<Answer, 'status' | 'headers'>): Answer => ({ status, headers, body: null });

const released = { released: [{ gateway: 'gw-1', target: { address: '192.168.250.99', protocol: 'tcp', port: 502 } }] };
const edited = {
  name: 'Edited',
  description: '',
  reason: '',
  users: [],
  maximumMinutes: 30,
  validity: { from: null, to: null, windows: [], timeZone: 'UTC' },
  plantApproval: true,
};
const all = (status: number) => ({ administrator: status, 'remoteconnect-administrator': status });

const ROWS: readonly Row[] = [
  {
    right: 'add new devices to the cloud: gateways',
    ask: async (email, role) =>
      cloud.call(email, 'POST', '/api/gateways', {
        registrationId: `new-${role}`,
        name: 'New',
        certificate: await cloud.deviceCertificate(`new-${role}`),
      }),
    answers: { administrator: 200, 'remoteconnect-administrator': 403, 'remoteconnect-user': 403 },
  },
  {
    right: 'add new devices to the cloud: devices behind a gateway',
    ask: (email, role) =>
      cloud.call(email, 'POST', '/api/gateways/gw-1/devices', {
        name: role,
        kind: 'other',
        address: `192.168.250.${100 + ROLES.indexOf(role)}`,
      }),
    answers: { administrator: 200, 'remoteconnect-administrator': 403, 'remoteconnect-user': 403 },
  },
  {
    right: 'change devices behind a gateway',
    ask: async (email, role) => {
      const address = `192.168.250.${110 + ROLES.indexOf(role)}`;
      const known = { name: 'Known', kind: 'other', address };
      const { body } = await cloud.call(ADMINISTRATOR, 'POST', '/api/gateways/gw-1/devices', known);
      return cloud.call(email, 'PUT', `/api/devices/${body.id}`, { ...known, name: 'Changed' });
    },
    answers: { administrator: 200, 'remoteconnect-administrator': 403, 'remoteconnect-user': 403 },
  },
  {
    right: 'search for devices behind a gateway',
    ask: (email) => cloud.call(email, 'GET', '/api/gateways/gw-1/scan'),
    answers: { administrator: 200, 'remoteconnect-administrator': 403, 'remoteconnect-user': 403 },
  },
  {
    right: 'add new devices to the cloud: keep a gateway out',
    ask: async (email) => {
      const answer = await cloud.call(email, 'POST', '/api/gateways/gw-1/disable');
      await cloud.call(ADMINISTRATOR, 'POST', '/api/gateways/gw-1/enable');
      await cloud.switchOn('gw-1');
      return answer;
    },
    answers: { administrator: 204, 'remoteconnect-administrator': 403, 'remoteconnect-user': 403 },
  },
  {
    right: 'add new devices to the cloud: let a gateway in',
    ask: (email) => cloud.call(email, 'POST', '/api/gateways/gw-1/enable'),
    answers: { administrator: 204, 'remoteconnect-administrator': 403, 'remoteconnect-user': 403 },
  },
  {
    right: 'add new devices to the cloud: enrolment groups',
    ask: (email) => cloud.call(email, 'GET', '/api/enrolment-groups'),
    answers: { administrator: 200, 'remoteconnect-administrator': 403, 'remoteconnect-user': 403 },
  },
  {
    right: 'add new users, assign rights',
    ask: (email, role) =>
      cloud.call(email, 'POST', '/api/users', {
        email: `by-${role}@example.test`,
        name: 'New',
        role: 'remoteconnect-user',
      }),
    answers: { administrator: 200, 'remoteconnect-administrator': 403, 'remoteconnect-user': 403 },
  },
  {
    right: 'create sessions, select devices',
    ask: (email) =>
      cloud.call(email, 'POST', '/api/sessions', {
        name: 'New',
        description: '',
        reason: '',
        ...released,
        users: [],
        maximumMinutes: 30,
      }),
    answers: { ...all(200), 'remoteconnect-user': 403 },
  },
  {
    right: 'add devices to existing sessions',
    ask: (email) => cloud.call(email, 'PUT', `/api/sessions/${own.id}/released`, released),
    answers: { ...all(200), 'remoteconnect-user': 403 },
  },
  {
    right: 'edit sessions',
    ask: (email) => cloud.call(email, 'PUT', `/api/sessions/${own.id}`, edited),
    answers: { ...all(200), 'remoteconnect-user': 403 },
  },
  {
    right: 'duplicate sessions',
    ask: (email) => cloud.call(email, 'POST', `/api/sessions/${own.id}/duplicate`),
    answers: { ...all(200), 'remoteconnect-user': 403 },
  },
  {
    right: 'see what a start needs: released to the user',
    ask: (email) => cloud.call(email, 'GET', `/api/sessions/${own.id}/preconditions`),
    answers: { ...all(200), 'remoteconnect-user': 200 },
  },
  {
    right: 'see what a start needs: of others',
    ask: (email) => cloud.call(email, 'GET', `/api/sessions/${foreign.id}/preconditions`),
    answers: { ...all(200), 'remoteconnect-user': 404 },
  },
  {
    right: 'end all sessions of a gateway',
    ask: (email) => cloud.call(email, 'POST', '/api/gateways/gw-1/end-sessions'),
    answers: { ...all(200), 'remoteconnect-user': 403 },
  },
  {
    right: 'start prepared sessions: released to the user',
    ask: (email) => cloud.call(email, 'POST', `/api/sessions/${own.id}/start`),
    answers: { ...all(200), 'remoteconnect-user': 200 },
  },
  {
    right: 'start prepared sessions: of others',
    ask: (email) => cloud.call(email, 'POST', `/api/sessions/${foreign.id}/start`),
    answers: { ...all(200), 'remoteconnect-user': 404 },
  },
  {
    right: 'end sessions: own',
    ask: async (email) => {
      await cloud.call(ADMINISTRATOR, 'POST', `/api/sessions/${own.id}/start`);
      return cloud.call(email, 'POST', `/api/sessions/${own.id}/end`);
    },
    answers: { ...all(200), 'remoteconnect-user': 200 },
  },
  {
    right: 'end sessions: of others',
    ask: async (email) => {
      await cloud.call(ADMINISTRATOR, 'POST', `/api/sessions/${foreign.id}/start`);
      return cloud.call(email, 'POST', `/api/sessions/${foreign.id}/end`);
    },
    answers: { ...all(200), 'remoteconnect-user': 404 },
  },
  {
    right: 'see sessions: own',
    ask: (email) => cloud.call(email, 'GET', `/api/sessions/${own.id}`),
    answers: { ...all(200), 'remoteconnect-user': 200 },
  },
  {
    right: 'see sessions: of others',
    ask: (email) => cloud.call(email, 'GET', `/api/sessions/${foreign.id}`),
    answers: { ...all(200), 'remoteconnect-user': 404 },
  },
  {
    right: "see the log of others' sessions",
    ask: (email) => cloud.call(email, 'GET', `/api/sessions/${foreign.id}/audit`),
    answers: { ...all(200), 'remoteconnect-user': 404 },
  },
  {
    right: 'see the whole audit log',
    ask: (email) => cloud.call(email, 'GET', '/api/audit'),
    answers: { ...all(200), 'remoteconnect-user': 403 },
  },
  ...(
    [
      ['see what is known of a user', 'GET', '', undefined],
      ['assign rights', 'PUT', '/role', { role: 'remoteconnect-user' }],
      ['disable a user', 'POST', '/disable', undefined],
      ['enable a user', 'POST', '/enable', undefined],
      ['invite a user again', 'POST', '/invite', undefined],
    ] as const
  ).map(
    ([right, method, what, body]): Row => ({
      right,
      ask: (email) => cloud.call(email, method, `/api/users/${subject}${what}`, body),
      answers: { administrator: 200, 'remoteconnect-administrator': 403, 'remoteconnect-user': 403 },
    }),
  ),
  {
    right: "reset a user's second factor",
    // There is none: whoever may do it is told so.
    ask: (email) => cloud.call(email, 'DELETE', `/api/users/${subject}/second-factor`),
    answers: { administrator: 409, 'remoteconnect-administrator': 403, 'remoteconnect-user': 403 },
  },
  {
    right: 'own account and logins',
    ask: async (email) => {
      const logins = await cloud.call(email, 'GET', '/api/account/logins');
      return logins.status === 200 ? cloud.call(email, 'GET', '/api/account') : logins;
    },
    answers: { ...all(200), 'remoteconnect-user': 200 },
  },
  {
    right: 'export the whole audit log',
    ask: async (email) => asAnswer(await cloud.download(email, '/api/audit/export?format=csv')),
    answers: { ...all(200), 'remoteconnect-user': 403 },
  },
  {
    right: 'get the key that checks exports',
    ask: (email) => cloud.call(email, 'GET', '/api/audit/key'),
    answers: { ...all(200), 'remoteconnect-user': 403 },
  },
  {
    right: 'export the log of own sessions',
    ask: async (email) => asAnswer(await cloud.download(email, `/api/sessions/${own.id}/export?format=jsonl`)),
    answers: { ...all(200), 'remoteconnect-user': 200 },
  },
  {
    right: "export the log of others' sessions",
    ask: async (email) => asAnswer(await cloud.download(email, `/api/sessions/${foreign.id}/export?format=jsonl`)),
    answers: { ...all(200), 'remoteconnect-user': 404 },
  },
  {
    right: 'see the history of own sessions',
    ask: (email) => cloud.call(email, 'GET', `/api/sessions/${own.id}/history`),
    answers: { ...all(200), 'remoteconnect-user': 200 },
  },
  {
    right: "see the history of others' sessions",
    ask: (email) => cloud.call(email, 'GET', `/api/sessions/${foreign.id}/history`),
    answers: { ...all(200), 'remoteconnect-user': 404 },
  },
  {
    right: 'see users',
    ask: (email) => cloud.call(email, 'GET', '/api/users'),
    answers: { ...all(200), 'remoteconnect-user': 403 },
  },
];

describe.each(ROWS)('C2: $right', ({ ask, answers }) => {
  test.each(ROLES)('%s', async (role) => {
    await freshSessions();
    const answer = await ask(EMAIL[role], role);
    expect(answer.status).toBe(answers[role]);
  });
});

test('C2: a remoteConnect User lists own sessions only, and sees what may be done with them', async () => {
  await freshSessions();
  const { body } = await cloud.call(EMAIL['remoteconnect-user'], 'GET', '/api/sessions');
  const ids = body.map(({ id }: Session) => id);
  expect(ids).toContain(own.id);
  expect(ids).not.toContain(foreign.id);
  expect(body[0].may).toEqual({ start: true, end: false, change: false });
});

test('nobody gets anything but the way in without a login', async () => {
  for (const path of [
    '/api/me',
    '/api/users',
    '/api/gateways',
    '/api/sessions',
    '/api/audit',
    '/api/events',
    '/api/account',
  ])
    expect((await cloud.call(null, 'GET', path)).status).toBe(401);
});

test('C2: no route is open to a role that has no right to it, or to anybody without a login', async () => {
  const { body } = await cloud.call(null, 'GET', '/api/openapi.json');
  const routes = Object.entries<Record<string, { description: string }>>(body.paths).flatMap(([path, described]) =>
    (['GET', 'POST', 'PUT', 'DELETE'] as const).flatMap((method) => {
      const right = /^Access: (.+)\.$/.exec(described[method.toLowerCase()]?.description ?? '')?.[1] ?? '';
      return isRight(right) ? [{ method, url: path.replaceAll(/\{\w+\}/g, crypto.randomUUID()), right }] : [];
    }),
  );
  expect(new Set(routes.map(({ right }) => right))).toEqual(new Set(Object.keys(RIGHTS)));
  for (const { method, url, right } of routes) {
    expect([method, url, (await cloud.call(null, method, url)).status]).toEqual([method, url, 401]);
    for (const role of ROLES.filter((one) => scopeOf(one, right) === 'none')) {
      const { status } = await cloud.call(EMAIL[role], method, url);
      expect([method, url, role, status]).toEqual([method, url, role, 403]);
    }
  }
});

test('a route that does not say who may call it cannot be registered', async () => {
  const { default: fastify } = await import('fastify');
  const { guardRoutes } = await import('./access.ts');
  const app = fastify();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only routes are registered
  guardRoutes(app as never, { configuration: { web: { host: 'x', port: 443 } } } as never);
  expect(() => app.get('/open', () => 'no')).toThrow(/who may call it/);
});

test.each([
  [{ origin: 'https://elsewhere.example' }, 403],
  [{ origin: 'http://cloud.example' }, 403],
  [{ origin: 'null' }, 403],
  [{}, 403],
  [{ origin: 'https://proxy.example:8443', 'sec-fetch-site': 'same-site' }, 403],
  [{ origin: 'https://cloud.example' }, 401],
  [{ origin: 'https://proxy.example:8443', 'sec-fetch-site': 'same-origin' }, 401],
])('a login asked for with %j is answered with %d', async (headers, status) => {
  const answer = await cloud.app.inject({
    method: 'POST',
    url: '/api/login',
    headers,
    payload: { email: ADMINISTRATOR, password: 'x' },
  });
  expect(answer.statusCode).toBe(status);
  expect(answer.json().code === 'wrong-origin').toBe(status === 403);
});
