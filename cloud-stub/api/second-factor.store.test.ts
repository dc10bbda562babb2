/** The second factor (P4) over HTTP: set up, shown, used once, lost. */
import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CLOUD_FILES } from '../configuration.ts';
import { openTestStore } from '../store/testing.ts';
import { TestAuthenticator } from './testing/test-authenticator.ts';
import { PASSWORD, TestCloud } from './testing.ts';

vi.setConfig({ testTimeout: 60_000 });
const ADMINISTRATOR = 'admin@example.test';
let cloud: TestCloud;

beforeAll(async () => {
  cloud = await TestCloud.create(await openTestStore());
  await cloud.accept(ADMINISTRATOR, (await cloud.firstLogin()).code);
}, 180_000);
afterAll(() => cloud.close());

/** An invited user. */
async function invite(email: string, role: string): Promise<string> {
  const name = randomBytes(4).toString('hex');
  return (await cloud.call(ADMINISTRATOR, 'POST', '/api/users', { email, name, role })).body.code;
}

const loginCookie = (headers: Readonly<Record<string, unknown>>) =>
  /__Host-remoteconnect=[^;]+/.exec(String(headers['set-cookie']))?.[0];

const accept = (email: string, code: string) =>
  cloud.call(email, 'POST', '/api/invitations/accept', { code, password: PASSWORD });

const actions = async (count: number) => {
  const { body } = await cloud.call(ADMINISTRATOR, 'GET', `/api/audit?limit=${count}`);
  return body.map(({ action }: { action: string }) => action);
};

test('an administrator without a second factor can do nothing but set one up', async () => {
  const email = 'second@example.test';
  const answer = await accept(email, await invite(email, 'administrator'));
  expect(answer.body).toMatchObject({ step: 'enrol', user: { email } });
  expect((await cloud.call(email, 'GET', '/api/me')).body.step).toBe('enrol');
  const routes = [
    ['GET', '/api/users'],
    ['GET', '/api/gateways'],
    ['GET', '/api/sessions'],
    ['GET', '/api/audit'],
    ['GET', '/api/events'],
    ['GET', '/api/account'],
    ['GET', '/api/account/logins'],
    ['POST', '/api/account/password'],
    ['POST', '/api/account/recovery-codes'],
    ['POST', '/api/account/second-factor/remove'],
    ['POST', '/api/users'],
    ['POST', '/api/sessions'],
    ['POST', '/api/gateways'],
  ] as const;
  for (const [method, url] of routes) {
    const refused = await cloud.call(email, method, url, method === 'GET' ? undefined : {});
    expect([url, refused.status, refused.body.code]).toEqual([url, 403, 'second-factor-required']);
  }
  await cloud.enrol(email);
  expect((await cloud.call(email, 'GET', '/api/users')).status).toBe(200);
});

test('the secret is nowhere in the store in plain, and its key lies in a file for its owner alone', async () => {
  const email = 'plain@example.test';
  await accept(email, await invite(email, 'administrator'));
  const { body } = await cloud.call(email, 'POST', '/api/account/second-factor', { password: null });
  expect(new URL(body.uri).searchParams.get('secret')).toBe(body.secret);
  const code = new TestAuthenticator(body.secret).next(cloud.now());
  const { codes } = (await cloud.call(email, 'POST', '/api/account/second-factor/confirm', { code })).body;
  expect(codes).toHaveLength(10);
  const rows = JSON.stringify([
    await cloud.store.read.selectFrom('users').selectAll().execute(),
    await cloud.store.read.selectFrom('recovery_codes').selectAll().execute(),
    await cloud.store.read.selectFrom('audit').selectAll().execute(),
  ]);
  for (const secret of [body.secret, ...codes]) expect(rows).not.toContain(secret);
  const file = join(cloud.directory, CLOUD_FILES.sealingKey);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(rows).not.toContain((await readFile(file, 'utf8')).trim());
});

test('a login needs password and code; before the code nothing is open, and the cookie changes with it', async () => {
  cloud.forgetCookies(ADMINISTRATOR);
  const first = await cloud.call(ADMINISTRATOR, 'POST', '/api/login', { email: ADMINISTRATOR, password: PASSWORD });
  expect(first.body).toEqual({ step: 'code' });
  for (const url of ['/api/me', '/api/users', '/api/account'])
    expect((await cloud.call(ADMINISTRATOR, 'GET', url)).status).toBe(401);
  const enrolling = await cloud.call(ADMINISTRATOR, 'POST', '/api/account/second-factor', { password: PASSWORD });
  expect(enrolling.status).toBe(401);
  const second = await cloud.call(ADMINISTRATOR, 'POST', '/api/login/code', { code: cloud.code(ADMINISTRATOR) });
  expect(second.body).toMatchObject({ step: 'done', user: { email: ADMINISTRATOR } });
  expect(loginCookie(second.headers)).not.toBe(loginCookie(first.headers));
  expect((await actions(1))[0]).toBe('logged-in');
});

test('a code works once, also within its half minute and at both steps', async () => {
  cloud.forgetCookies(ADMINISTRATOR);
  const ask = () => cloud.call(ADMINISTRATOR, 'POST', '/api/login', { email: ADMINISTRATOR, password: PASSWORD });
  await ask();
  const code = cloud.code(ADMINISTRATOR);
  expect((await cloud.call(ADMINISTRATOR, 'POST', '/api/login/code', { code })).status).toBe(200);
  await ask();
  const again = await cloud.call(ADMINISTRATOR, 'POST', '/api/login/code', { code });
  expect([again.status, again.body.code]).toEqual([403, 'code-wrong']);
  expect((await cloud.logIn(ADMINISTRATOR)).body.step).toBe('done');
  expect(await actions(2)).toEqual(['logged-in', 'login-refused']);
});

test('the second step has ten minutes', async () => {
  cloud.forgetCookies(ADMINISTRATOR);
  await cloud.call(ADMINISTRATOR, 'POST', '/api/login', { email: ADMINISTRATOR, password: PASSWORD });
  cloud.ahead += 11 * 60 * 1000;
  const late = await cloud.call(ADMINISTRATOR, 'POST', '/api/login/code', { code: cloud.code(ADMINISTRATOR) });
  expect(late.body.code).toBe('not-logged-in');
  await cloud.logIn(ADMINISTRATOR);
});

test('a recovery code takes the place of a code, once, however it is typed; new ones replace the old', async () => {
  const email = 'lost-phone@example.test';
  await accept(email, await invite(email, 'remoteconnect-user'));
  const codes = await cloud.enrol(email);
  const byCode = async (code: string) => {
    cloud.forgetCookies(email);
    await cloud.call(email, 'POST', '/api/login', { email, password: PASSWORD });
    return (await cloud.call(email, 'POST', '/api/login/code', { code })).status;
  };
  const [first = '', second = '', third = ''] = codes;
  expect(await byCode(first)).toBe(200);
  expect(await byCode(first)).toBe(403);
  expect(await byCode(` ${second.toLowerCase().replaceAll('-', ' ')}`)).toBe(200);
  expect((await cloud.call(email, 'GET', '/api/account')).body.secondFactor.recoveryCodesLeft).toBe(8);
  const renewed = await cloud.call(email, 'POST', '/api/account/recovery-codes', { password: PASSWORD });
  expect(await byCode(third)).toBe(403);
  expect(await byCode(renewed.body.codes[0])).toBe(200);
});

test('what changes the second factor asks for the password; a new authenticator takes effect when confirmed', async () => {
  const email = 'careful@example.test';
  await accept(email, await invite(email, 'remoteconnect-user'));
  await cloud.enrol(email);
  for (const url of ['second-factor', 'second-factor/remove', 'recovery-codes'])
    for (const password of ['wrong', null])
      expect((await cloud.call(email, 'POST', `/api/account/${url}`, { password })).body.code).toBe('password-wrong');
  await cloud.call(email, 'POST', '/api/account/second-factor', { password: PASSWORD });
  const wrong = await cloud.call(email, 'POST', '/api/account/second-factor/confirm', { code: '000000' });
  expect(wrong.body.code).toBe('code-wrong');
  cloud.forgetCookies(email);
  expect((await cloud.logIn(email)).body.step).toBe('done');
});

test('who need not have a second factor can remove it; an administrator can only replace it', async () => {
  const email = 'free@example.test';
  await accept(email, await invite(email, 'remoteconnect-administrator'));
  expect((await cloud.call(email, 'GET', '/api/account')).body.secondFactor).toEqual({
    since: null,
    isDemanded: false,
    recoveryCodesLeft: 0,
  });
  await cloud.enrol(email);
  const remove = (as: string) => cloud.call(as, 'POST', '/api/account/second-factor/remove', { password: PASSWORD });
  expect((await remove(email)).status).toBe(204);
  cloud.forgetCookies(email);
  expect((await cloud.logIn(email)).body.step).toBe('done');
  expect((await remove(ADMINISTRATOR)).body.code).toBe('second-factor-stays');
});

test('guessing codes has to wait, also when the password is known', async () => {
  const email = 'guessed@example.test';
  await accept(email, await invite(email, 'remoteconnect-user'));
  await cloud.enrol(email);
  cloud.forgetCookies(email);
  await cloud.withStoppedClock(async () => {
    const statuses: number[] = [];
    for (let guess = 0; guess < 6; guess += 1) {
      await cloud.call('attacker', 'POST', '/api/login', { email, password: PASSWORD });
      statuses.push((await cloud.call('attacker', 'POST', '/api/login/code', { code: '000000' })).status);
    }
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429]);
  });
});

test('a lost second factor is reset by another administrator, who is named in the audit log; never by oneself', async () => {
  const email = 'lost@example.test';
  const code = await invite(email, 'administrator');
  const user = await cloud.accept(email, code);
  const self = await cloud.call(email, 'DELETE', `/api/users/${user.id}/second-factor`);
  expect(self.body.code).toBe('yourself');
  const reset = await cloud.call(ADMINISTRATOR, 'DELETE', `/api/users/${user.id}/second-factor`);
  expect(reset.body).toMatchObject({ hasSecondFactor: false, activeLogins: 0 });
  expect((await cloud.call(email, 'GET', '/api/me')).status).toBe(401);
  const { body } = await cloud.call(ADMINISTRATOR, 'GET', '/api/audit?limit=1');
  expect(body[0]).toMatchObject({ action: 'second-factor-reset', actor: `Administrator <${ADMINISTRATOR}>` });
  expect((await cloud.call(email, 'POST', '/api/login', { email, password: PASSWORD })).body.step).toBe('enrol');
});

test('the configuration can demand it of everyone', async () => {
  const email = 'everyone@example.test';
  await accept(email, await invite(email, 'remoteconnect-user'));
  expect((await cloud.call(email, 'GET', '/api/me')).body.step).toBe('done');
  await cloud.restart({ secondFactor: 'everyone' });
  expect((await cloud.call(email, 'GET', '/api/me')).body.step).toBe('enrol');
  expect((await cloud.call(email, 'GET', '/api/sessions')).body.code).toBe('second-factor-required');
  await cloud.restart({});
});
