/** C2 for access tokens: what their scopes say, never more than their owner's role, and neither tokens nor users. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore } from '../store/testing.ts';
import { type TokenScope, tokenScope } from './contract/access-tokens.ts';
import type { AuditEntry, Role, Session, User } from './contract.ts';
import { PASSWORD, TestCloud } from './testing.ts';

const EMAIL: Readonly<Record<Role, string>> = {
  administrator: 'admin@example.test',
  'remoteconnect-administrator': 'rc-admin@example.test',
  'remoteconnect-user': 'user@example.test',
};
const ROLES = ['administrator', 'remoteconnect-administrator', 'remoteconnect-user'] as const;
const ALL = tokenScope.options;

let cloud: TestCloud;
let session: Session;
let owner: User;

beforeAll(async () => {
  cloud = await TestCloud.create(await openTestStore());
  owner = await cloud.accept(EMAIL.administrator, (await cloud.firstLogin()).code);
  for (const role of ['remoteconnect-administrator', 'remoteconnect-user'] as const)
    await cloud.addPerson(EMAIL.administrator, EMAIL[role], role);
  await cloud.addGateway(EMAIL.administrator, 'gw-1');
  session = await cloud.addSession(EMAIL.administrator, ['gw-1']);
}, 60_000);
afterAll(() => cloud.close());

async function issue(role: Role, scopes: readonly TokenScope[], days = 1): Promise<{ token: string; id: string }> {
  const wanted = { name: `${role} ${scopes.join(' ')}`, scopes, days };
  const { body } = await cloud.call(EMAIL[role], 'POST', '/api/v1/access-tokens', wanted);
  return { token: body.token, id: body.details.id };
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

async function ask(token: string, method: Method, url: string, payload?: object): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  return (await cloud.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })).statusCode;
}

const newSession = {
  name: 'New',
  description: '',
  reason: '',
  released: [{ gateway: 'gw-1', target: { address: '192.168.250.99' } }],
  users: [],
  maximumMinutes: 30,
};
let next = 100;
const newDevice = () => ({ name: 'New', kind: 'other', address: `192.168.250.${(next += 1)}` });

interface Row {
  readonly what: string;
  readonly needs: TokenScope | null;
  readonly ask: (token: string) => Promise<number>;
  /** With the scope. */
  readonly answers: Readonly<Record<Role, number>>;
}

const everyone = { administrator: 200, 'remoteconnect-administrator': 200, 'remoteconnect-user': 200 };
const nobody = { administrator: 403, 'remoteconnect-administrator': 403, 'remoteconnect-user': 403 };
const ROWS: readonly Row[] = [
  { what: 'see who one is', needs: 'read', ask: (token) => ask(token, 'GET', '/api/v1/me'), answers: everyone },
  { what: 'see gateways', needs: 'read', ask: (token) => ask(token, 'GET', '/api/v1/gateways'), answers: everyone },
  {
    what: "see others' sessions",
    needs: 'read',
    ask: (token) => ask(token, 'GET', `/api/v1/sessions/${session.id}`),
    answers: { ...everyone, 'remoteconnect-user': 404 },
  },
  {
    what: 'see users',
    needs: 'read',
    ask: (token) => ask(token, 'GET', '/api/v1/users'),
    answers: { ...everyone, 'remoteconnect-user': 403 },
  },
  {
    what: 'see the audit log',
    needs: 'read',
    ask: (token) => ask(token, 'GET', '/api/v1/audit'),
    answers: { ...everyone, 'remoteconnect-user': 403 },
  },
  {
    what: 'see what a start needs',
    needs: 'read',
    ask: (token) => ask(token, 'GET', `/api/v1/sessions/${session.id}/preconditions`),
    answers: { ...everyone, 'remoteconnect-user': 404 },
  },
  ...['/api/v1/enrolment-groups', '/api/v1/gateways/gw-1/scan'].map(
    (path): Row => ({
      what: `see ${path}`,
      needs: 'read',
      ask: (token) => ask(token, 'GET', path),
      answers: { ...nobody, administrator: 200 },
    }),
  ),
  {
    what: 'create sessions',
    needs: 'sessions:write',
    ask: (token) => ask(token, 'POST', '/api/v1/sessions', newSession),
    answers: { ...everyone, 'remoteconnect-user': 403 },
  },
  {
    what: 'change sessions',
    needs: 'sessions:write',
    ask: (token) => ask(token, 'PUT', `/api/v1/sessions/${session.id}/released`, { released: newSession.released }),
    answers: { ...everyone, 'remoteconnect-user': 403 },
  },
  {
    what: 'start sessions',
    needs: 'sessions:write',
    ask: (token) => ask(token, 'POST', `/api/v1/sessions/${session.id}/start`),
    answers: { ...everyone, 'remoteconnect-user': 404 },
  },
  {
    what: 'end sessions',
    needs: 'sessions:write',
    ask: async (token) => {
      await cloud.call(EMAIL.administrator, 'POST', `/api/sessions/${session.id}/start`);
      return ask(token, 'POST', `/api/v1/sessions/${session.id}/end`);
    },
    answers: { ...everyone, 'remoteconnect-user': 404 },
  },
  {
    what: 'add devices',
    needs: 'devices:write',
    ask: (token) => ask(token, 'POST', '/api/v1/gateways/gw-1/devices', newDevice()),
    answers: { ...nobody, administrator: 200 },
  },
  {
    what: 'see what is known of a user',
    needs: null,
    ask: (token) => ask(token, 'GET', `/api/v1/users/${owner.id}`),
    answers: nobody,
  },
  {
    what: 'add users',
    needs: null,
    ask: (token) =>
      ask(token, 'POST', '/api/v1/users', { email: 'new@example.test', name: 'New', role: 'administrator' }),
    answers: nobody,
  },
  { what: 'see tokens', needs: null, ask: (token) => ask(token, 'GET', '/api/v1/access-tokens'), answers: nobody },
  {
    what: 'issue tokens',
    needs: null,
    ask: (token) => ask(token, 'POST', '/api/v1/access-tokens', { name: 'More', scopes: ['read'], days: 1 }),
    answers: nobody,
  },
  ...(
    [
      ['set up a second factor', '/api/v1/account/second-factor', { password: null }],
      ['confirm a second factor', '/api/v1/account/second-factor/confirm', { code: '000000' }],
      ['show the second factor', '/api/v1/login/code', { code: '000000' }],
      ['change the password', '/api/v1/account/password', { current: PASSWORD, wanted: PASSWORD }],
    ] as const
  ).map(
    ([what, path, payload]): Row => ({
      ...{ what, needs: null, answers: nobody },
      ask: (token) => ask(token, 'POST', path, payload),
    }),
  ),
  { what: 'log out', needs: null, ask: (token) => ask(token, 'POST', '/api/v1/logout'), answers: nobody },
];

describe.each(ROWS)('C2: a token may $what as far as its scopes and the role say', (row) => {
  test.each(ROLES)('%s', async (role) => {
    const { token } = await issue(role, row.needs === null ? ALL : [row.needs]);
    expect(await row.ask(token)).toBe(row.answers[role]);
    if (row.needs === null) return;
    const others = await issue(
      role,
      ALL.filter((scope) => scope !== row.needs),
    );
    expect(await row.ask(others.token)).toBe(403);
  });
});

test('a token is shown once, stored as its hash, and its use is noted', async () => {
  const { token, id } = await issue('administrator', ['read']);
  expect(await ask(token, 'GET', '/api/v1/me')).toBe(200);
  const { body } = await cloud.call(EMAIL.administrator, 'GET', '/api/v1/access-tokens');
  const listed = body.find((one: { id: string }) => one.id === id);
  expect(listed).toMatchObject({ prefix: token.slice(0, 12), lastUsedAt: expect.any(String) });
  const rows = await cloud.store.read.selectFrom('access_tokens').selectAll().execute();
  expect(JSON.stringify([body, rows])).not.toContain(token);
});

test('a token works neither after it was revoked nor after its time, and nobody revokes that of another', async () => {
  const { token, id } = await issue('administrator', ['read'], 1);
  const revoke = (role: Role) => cloud.call(EMAIL[role], 'DELETE', `/api/v1/access-tokens/${id}`);
  expect((await revoke('remoteconnect-administrator')).status).toBe(404);
  expect(await ask(token, 'GET', '/api/v1/me')).toBe(200);
  expect((await revoke('administrator')).status).toBe(204);
  expect(await ask(token, 'GET', '/api/v1/me')).toBe(401);
  const short = await issue('administrator', ['read'], 1);
  cloud.ahead = 24 * 60 * 60 * 1000;
  expect(await ask(short.token, 'GET', '/api/v1/me')).toBe(401);
  cloud.ahead = 0;
});

test('C7: the audit log tells of tokens, and which token did what', async () => {
  const { token } = await issue('administrator', ['devices:write']);
  await ask(token, 'POST', '/api/v1/gateways/gw-1/devices', newDevice());
  const { body } = await cloud.call(EMAIL.administrator, 'GET', '/api/v1/audit');
  const told = body.slice(0, 2).map(({ action, actor }: AuditEntry) => [action, actor]);
  expect(told).toEqual([
    ['device-added', expect.stringMatching(/ with token administrator devices:write$/)],
    ['access-token-issued', expect.not.stringContaining('token')],
  ]);
});

test('a token of a removed user works no more', async () => {
  const user = await cloud.addPerson(EMAIL.administrator, 'gone@example.test', 'remoteconnect-user');
  const wanted = { name: 'x', scopes: ['read'], days: 1 };
  const { body } = await cloud.call('gone@example.test', 'POST', '/api/v1/access-tokens', wanted);
  expect(await ask(body.token, 'GET', '/api/v1/me')).toBe(200);
  await cloud.call(EMAIL.administrator, 'DELETE', `/api/v1/users/${user.id}`);
  expect(await ask(body.token, 'GET', '/api/v1/me')).toBe(401);
});

test('P4: a token of somebody who becomes an administrator works again once the second factor is set up', async () => {
  const email = 'promoted@example.test';
  const { id } = await cloud.addPerson(EMAIL.administrator, email, 'remoteconnect-user');
  const wanted = { name: 'x', scopes: ['read', 'devices:write'], days: 1 };
  const { token } = (await cloud.call(email, 'POST', '/api/v1/access-tokens', wanted)).body;
  await cloud.call(EMAIL.administrator, 'PUT', `/api/v1/users/${id}/role`, { role: 'administrator' });
  const add = () => ask(token, 'POST', '/api/v1/gateways/gw-1/devices', newDevice());
  expect(await add()).toBe(403);
  expect((await cloud.logIn(email)).body.step).toBe('enrol');
  await cloud.enrol(email);
  expect(await add()).toBe(200);
});
