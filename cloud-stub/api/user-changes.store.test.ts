/** What administrators do with users that exist (C2, C8). */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openTestStore } from '../store/testing.ts';
import type { User } from './contract.ts';
import { PASSWORD, TestCloud } from './testing.ts';
import { requireAnotherAdministrator } from './users.ts';

vi.setConfig({ testTimeout: 60_000 });
const ADMINISTRATOR = 'admin@example.test';
let cloud: TestCloud;
let administrator: User;

beforeAll(async () => {
  cloud = await TestCloud.create(await openTestStore());
  administrator = await cloud.accept(ADMINISTRATOR, (await cloud.firstLogin()).code);
  await cloud.addGateway(ADMINISTRATOR, 'gw-1');
}, 180_000);
afterAll(() => cloud.close());

const ask = (method: 'POST' | 'PUT' | 'GET' | 'DELETE', url: string, body?: object) =>
  cloud.call(ADMINISTRATOR, method, `/api/users/${url}`, body);
const lastAction = async () => (await cloud.call(ADMINISTRATOR, 'GET', '/api/audit?limit=1')).body[0];
const stateOf = async (id: string) => (await cloud.call(ADMINISTRATOR, 'GET', `/api/sessions/${id}`)).body.state;

test('a disabled user is logged out, cannot log in, and running sessions end; enabled, the password holds again', async () => {
  const email = 'tina@example.test';
  const tina = await cloud.addPerson(ADMINISTRATOR, email, 'remoteconnect-user');
  const session = await cloud.addSession(ADMINISTRATOR, ['gw-1'], [tina]);
  await cloud.call(email, 'POST', `/api/sessions/${session.id}/start`);
  expect(await stateOf(session.id)).toBe('starting');
  const disabled = await ask('POST', `${tina.id}/disable`);
  expect(disabled.body).toMatchObject({ user: { state: 'disabled' }, activeLogins: 0 });
  expect(await stateOf(session.id)).toBe('ended');
  expect((await cloud.call(email, 'GET', '/api/me')).status).toBe(401);
  const refused = await cloud.logIn(email);
  expect([refused.status, refused.body.code]).toEqual([401, 'login-refused']);
  expect((await ask('POST', `${tina.id}/invite`)).body.code).toBe('user-disabled');
  const enabled = await ask('POST', `${tina.id}/enable`);
  expect(enabled.body.user.state).toBe('active');
  expect(await lastAction()).toMatchObject({ action: 'user-enabled', details: { email } });
  expect((await cloud.logIn(email)).status).toBe(200);
});

test('an invited user who is disabled cannot accept, and is invited again once enabled', async () => {
  const person = { email: 'invited@example.test', name: 'Invited', role: 'remoteconnect-user' };
  const { user, code } = (await cloud.call(ADMINISTRATOR, 'POST', '/api/users', person)).body;
  await ask('POST', `${user.id}/disable`);
  const accept = (with_: string) =>
    cloud.call(null, 'POST', '/api/invitations/accept', { code: with_, password: PASSWORD });
  expect((await accept(code)).body.code).toBe('invitation-invalid');
  expect((await ask('POST', `${user.id}/enable`)).body.user.state).toBe('invited');
  const again = await ask('POST', `${user.id}/invite`);
  expect(await lastAction()).toMatchObject({ action: 'user-invited' });
  expect((await accept(code)).body.code).toBe('invitation-invalid');
  expect((await accept(again.body.code)).status).toBe(200);
});

test('a change of role ends the logins, and what the user may not use any more', async () => {
  const email = 'rita@example.test';
  const rita = await cloud.addPerson(ADMINISTRATOR, email, 'remoteconnect-administrator');
  const foreign = await cloud.addSession(ADMINISTRATOR, ['gw-1']);
  const own = await cloud.addSession(ADMINISTRATOR, ['gw-1'], [rita]);
  for (const { id } of [foreign, own]) await cloud.call(email, 'POST', `/api/sessions/${id}/start`);
  const changed = await ask('PUT', `${rita.id}/role`, { role: 'remoteconnect-user' });
  expect(changed.body.user.role).toBe('remoteconnect-user');
  expect((await cloud.call(email, 'GET', '/api/me')).status).toBe(401);
  expect(await stateOf(foreign.id)).toBe('ended');
  expect(await stateOf(own.id)).toBe('starting');
  await cloud.logIn(email);
  expect((await cloud.call(email, 'GET', '/api/users')).status).toBe(403);
});

test('who becomes an administrator has to set up a second factor', async () => {
  const email = 'ada@example.test';
  const ada = await cloud.addPerson(ADMINISTRATOR, email, 'remoteconnect-user');
  await ask('PUT', `${ada.id}/role`, { role: 'administrator' });
  expect(await lastAction()).toMatchObject({
    action: 'user-role-changed',
    details: { email, before: 'remoteconnect-user', role: 'administrator' },
  });
  expect((await cloud.logIn(email)).body.step).toBe('enrol');
  await ask('DELETE', ada.id);
});

test('a reset hands out a code; the old password holds until it is used, the second factor after that too', async () => {
  const email = 'forgetful@example.test';
  const user = await cloud.addPerson(ADMINISTRATOR, email, 'remoteconnect-user');
  await cloud.enrol(email);
  const { code } = (await ask('POST', `${user.id}/invite`)).body;
  expect(await lastAction()).toMatchObject({ action: 'password-reset-issued', details: { email } });
  expect((await cloud.call(email, 'GET', '/api/me')).status).toBe(200);
  const password = 'four wet otters swim';
  const accepted = await cloud.call('other browser', 'POST', '/api/invitations/accept', { code, password });
  expect(accepted.body).toEqual({ step: 'code' });
  expect((await cloud.call(email, 'GET', '/api/me')).status).toBe(401);
  const shown = await cloud.call('other browser', 'POST', '/api/login/code', { code: cloud.code(email) });
  expect(shown.body.step).toBe('done');
  cloud.forgetCookies(email);
  expect((await cloud.logIn(email, PASSWORD)).status).toBe(401);
  expect((await cloud.logIn(email, password)).body.step).toBe('done');
});

test.each([
  ['PUT', 'role', { role: 'remoteconnect-user' }],
  ['POST', 'disable', undefined],
  ['DELETE', 'second-factor', undefined],
] as const)('nobody can %s %s of themselves', async (method, what, body) => {
  expect((await ask(method, `${administrator.id}/${what}`, body)).body.code).toBe('yourself');
});

test('two administrators who take the rights of each other leave one', async () => {
  const other = await cloud.addPerson(ADMINISTRATOR, 'other-admin@example.test', 'administrator');
  const [one, two] = await Promise.all([
    cloud.call('other-admin@example.test', 'POST', `/api/users/${administrator.id}/disable`),
    ask('POST', `${other.id}/disable`),
  ]);
  expect([one.status, two.status].filter((status) => status === 200)).toHaveLength(1);
  const { id } = one.status === 200 ? other : administrator;
  await expect(cloud.store.write((writer) => requireAnotherAdministrator(writer, id))).rejects.toMatchObject({
    code: 'last-administrator',
  });
});
