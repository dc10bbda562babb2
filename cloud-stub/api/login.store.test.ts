/** Logins and invitations (C2, C8, P4). */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openTestStore } from '../store/testing.ts';
import { PASSWORD, TestCloud } from './testing.ts';

vi.setConfig({ testTimeout: 60_000 });
const ADMINISTRATOR = 'admin@example.test';
let cloud: TestCloud;
let firstCode: string;

beforeAll(async () => {
  cloud = await TestCloud.create(await openTestStore());
  firstCode = (await cloud.firstLogin()).code;
  await cloud.accept(ADMINISTRATOR, firstCode);
}, 60_000);
afterAll(() => cloud.close());

const logIn = (email: string, password: string) => cloud.call(null, 'POST', '/api/login', { email, password });

test('the file with the first code is removed once the code was used, and the code works once', async () => {
  await expect(cloud.firstLogin()).rejects.toThrow('ENOENT');
  const again = await cloud.call(null, 'POST', '/api/invitations/accept', { code: firstCode, password: PASSWORD });
  expect(again.body.code).toBe('invitation-invalid');
});

test('the login cookie is for this host, TLS and same-site requests only; the store has its hash', async () => {
  const answer = await logIn(ADMINISTRATOR, PASSWORD);
  const cookie = String(answer.headers['set-cookie']);
  expect(cookie).toMatch(/^__Host-remoteconnect=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
  const id = /=([^;]+);/.exec(cookie)?.[1] ?? '';
  const rows = await cloud.store.read.selectFrom('logins').selectAll().execute();
  expect(JSON.stringify(rows)).not.toContain(id);
});

test('an unknown user and a wrong password get the same answer', async () => {
  const wrong = await logIn(ADMINISTRATOR, 'wrong');
  const unknown = await logIn('nobody@example.test', 'wrong');
  expect([unknown.status, unknown.body]).toEqual([wrong.status, wrong.body]);
  await logIn(ADMINISTRATOR, PASSWORD);
});

test('an invitation expires', async () => {
  const { body } = await cloud.call(ADMINISTRATOR, 'POST', '/api/users', {
    email: 'late@example.test',
    name: 'Late',
    role: 'remoteconnect-user',
  });
  cloud.ahead = 8 * 24 * 60 * 60 * 1000;
  const answer = await cloud.call(null, 'POST', '/api/invitations/accept', { code: body.code, password: PASSWORD });
  cloud.ahead = 0;
  expect(answer.body.code).toBe('invitation-invalid');
});

test('a login ends when it is idle', async () => {
  expect((await cloud.call(ADMINISTRATOR, 'GET', '/api/me')).status).toBe(200);
  cloud.ahead = 61 * 60 * 1000;
  expect((await cloud.call(ADMINISTRATOR, 'GET', '/api/me')).status).toBe(401);
  cloud.ahead = 0;
});

test('the last administrator stays', async () => {
  const { body } = await cloud.call(ADMINISTRATOR, 'GET', '/api/me');
  const answer = await cloud.call(ADMINISTRATOR, 'DELETE', `/api/users/${body.user.id}`);
  expect(answer.status).toBe(409);
});

test('a removed user is logged out at once', async () => {
  const user = await cloud.addPerson(ADMINISTRATOR, 'gone@example.test', 'remoteconnect-user');
  expect((await cloud.call('gone@example.test', 'GET', '/api/me')).status).toBe(200);
  await cloud.call(ADMINISTRATOR, 'DELETE', `/api/users/${user.id}`);
  expect((await cloud.call('gone@example.test', 'GET', '/api/me')).status).toBe(401);
});

test('after a few wrong passwords even the right one has to wait', async () => {
  await cloud.withStoppedClock(async () => {
    for (let attempt = 0; attempt < 6; attempt += 1) await logIn('guess@example.test', 'wrong');
    const answer = await logIn('guess@example.test', 'wrong');
    expect(answer.status).toBe(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });
});
