/** One's own account (P4): password, logins, and that nobody can lock another out. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openTestStore } from '../store/testing.ts';
import { browserName } from './login/own-logins.ts';
import { PASSWORD, TestCloud } from './testing.ts';

vi.setConfig({ testTimeout: 60_000 });
const ADMINISTRATOR = 'admin@example.test';
const TINA = 'tina@example.test';
const ATTACKER = '203.0.113.66';
let cloud: TestCloud;

beforeAll(async () => {
  cloud = await TestCloud.create(await openTestStore());
  await cloud.accept(ADMINISTRATOR, (await cloud.firstLogin()).code);
  await cloud.addPerson(ADMINISTRATOR, TINA, 'remoteconnect-user');
}, 180_000);
afterAll(() => cloud.close());

/** Tina with another browser; what it keeps is under this name. */
const tinaAt = (browser: string, password = PASSWORD, from?: string) =>
  cloud.call(browser, 'POST', '/api/login', { email: TINA, password }, from);

test.each([
  ['short', 400, 'not-understood'],
  ['x'.repeat(201), 400, 'not-understood'],
  ['password1234', 400, 'password-common'],
  ['tina@example.test', 400, 'password-personal'],
])('a new password %s is refused', async (wanted, status, code) => {
  const answer = await cloud.call(TINA, 'POST', '/api/account/password', { current: PASSWORD, wanted });
  expect([answer.status, answer.body.code]).toEqual([status, code]);
});

test('an invitation is not used up by a password that is refused', async () => {
  const person = { email: 'new@example.test', name: 'New', role: 'remoteconnect-user' };
  const { code } = (await cloud.call(ADMINISTRATOR, 'POST', '/api/users', person)).body;
  const accept = (password: string) => cloud.call(null, 'POST', '/api/invitations/accept', { code, password });
  expect((await accept('123456789012')).body.code).toBe('password-common');
  expect((await accept('new@example.test')).body.code).toBe('password-personal');
  expect((await accept(PASSWORD)).status).toBe(200);
});

test('a change of the password needs the old one, ends every other login, and is in the audit log', async () => {
  await tinaAt('tina-elsewhere');
  const wanted = 'another battery of horses';
  const wrong = await cloud.call(TINA, 'POST', '/api/account/password', { current: 'not this one', wanted });
  expect(wrong.body.code).toBe('password-wrong');
  expect((await cloud.call(TINA, 'POST', '/api/account/password', { current: PASSWORD, wanted })).status).toBe(204);
  expect((await cloud.call(TINA, 'GET', '/api/me')).status).toBe(200);
  expect((await cloud.call('tina-elsewhere', 'GET', '/api/me')).status).toBe(401);
  expect((await tinaAt('tina-elsewhere', PASSWORD)).status).toBe(401);
  expect((await tinaAt('tina-elsewhere', wanted)).status).toBe(200);
  const { body } = await cloud.call(ADMINISTRATOR, 'GET', '/api/audit?limit=5');
  expect(body.map(({ action }: { action: string }) => action)).toContain('password-changed');
  expect(JSON.stringify(body)).not.toContain(wanted);
  const back = { current: wanted, wanted: PASSWORD };
  expect((await cloud.call(TINA, 'POST', '/api/account/password', back)).status).toBe(204);
});

test('own logins tell from where, and which is this one; each of the others can be ended', async () => {
  await tinaAt('tina-laptop', PASSWORD, '198.51.100.1');
  await tinaAt('tina-phone', PASSWORD, '198.51.100.2');
  const { body } = await cloud.call(TINA, 'GET', '/api/account/logins');
  expect(body.map(({ address, isThisOne }: { address: string; isThisOne: boolean }) => [address, isThisOne])).toEqual([
    ['198.51.100.2', false],
    ['198.51.100.1', false],
    ['127.0.0.1', true],
  ]);
  const phone = body[0].id;
  expect((await cloud.call(ADMINISTRATOR, 'DELETE', `/api/account/logins/${phone}`)).status).toBe(404);
  expect((await cloud.call(TINA, 'DELETE', `/api/account/logins/${phone}`)).status).toBe(204);
  expect((await cloud.call('tina-phone', 'GET', '/api/me')).status).toBe(401);
  expect((await cloud.call('tina-laptop', 'GET', '/api/me')).status).toBe(200);
  expect((await cloud.call(TINA, 'DELETE', '/api/account/logins')).status).toBe(204);
  expect((await cloud.call('tina-laptop', 'GET', '/api/me')).status).toBe(401);
  expect((await cloud.call(TINA, 'GET', '/api/account/logins')).body).toHaveLength(1);
  expect((await cloud.call(ADMINISTRATOR, 'GET', '/api/me')).status).toBe(200);
});

test('who hammers an account from elsewhere does not lock its user out', async () => {
  await cloud.withStoppedClock(async () => {
    for (let guess = 0; guess < 8; guess += 1) await tinaAt('attacker', `guess ${guess}`, ATTACKER);
    expect((await tinaAt('attacker', PASSWORD, ATTACKER)).status).toBe(429);
    expect((await tinaAt('tina-new-browser', PASSWORD, '198.51.100.3')).status).toBe(200);
  });
});

test('at the same address the known browser gets in, also at a cloud that was started anew; an unknown one waits', async () => {
  const from = '198.51.100.4';
  await tinaAt('tina-office', PASSWORD, from);
  await cloud.withStoppedClock(async () => {
    for (let guess = 0; guess < 8; guess += 1) await tinaAt('attacker', `guess ${guess}`, from);
    await cloud.restart();
    expect((await tinaAt('attacker', PASSWORD, from)).status).toBe(429);
    expect((await tinaAt('tina-office', PASSWORD, from)).status).toBe(200);
  });
});

test('the cookie of a known browser opens nothing, and holds for its own account only', async () => {
  const known = String((await tinaAt('tina-known')).headers['set-cookie'])
    .split(/,(?=__Host)/)
    .find((cookie) => cookie.startsWith('__Host-remoteconnect-known-'));
  expect(known).toMatch(/; Max-Age=15552000; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
  const cookie = known?.split(';')[0] ?? '';
  const me = await cloud.app.inject({ method: 'GET', url: '/api/me', headers: { cookie } });
  expect(me.statusCode).toBe(401);
  const { body } = await cloud.call(ADMINISTRATOR, 'GET', '/api/users');
  const administrator = body.find(({ email }: { email: string }) => email === ADMINISTRATOR).id;
  const name = `__Host-remoteconnect-known-${createHash('sha256').update(administrator).digest('hex').slice(0, 12)}`;
  const stolen = `${name}=${cookie.slice(cookie.indexOf('=') + 1)}`;
  const guess = async () =>
    cloud.app.inject({
      method: 'POST',
      url: '/api/login',
      remoteAddress: '198.51.100.9',
      headers: { origin: 'https://cloud.example', cookie: stolen },
      payload: { email: ADMINISTRATOR, password: 'wrong' },
    });
  await cloud.withStoppedClock(async () => {
    for (let attempt = 0; attempt < 6; attempt += 1) await guess();
    expect((await guess()).statusCode).toBe(429);
    expect(
      (await cloud.call('other', 'POST', '/api/login', { email: ADMINISTRATOR, password: 'wrong' }, '198.51.100.9'))
        .status,
    ).toBe(429);
  });
});

test.each([
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox, Windows'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    'Safari, iOS',
  ],
  ['', ''],
  ['nothing known', ''],
])('the browser %j is shown as %j', (userAgent, shown) => {
  expect(browserName(userAgent)).toBe(shown);
});
