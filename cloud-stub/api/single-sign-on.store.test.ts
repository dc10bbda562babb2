/** Single sign-on (P4) against a real OpenID provider on loopback. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { openTestStore } from '../store/testing.ts';
import { CLIENT_ID, startTestProvider, type TestProvider, visitProvider } from './login/testing/oidc-provider.ts';
import { ORIGIN, TestCloud } from './testing.ts';

const ADMINISTRATOR = 'admin@example.test';
vi.setConfig({ testTimeout: 60_000 });
/** Attempts of one address are limited. */
let from = 0;
let directory: string;
let provider: TestProvider;
let cloud: TestCloud;
let configured: {
  issuer: string;
  clientId: string;
  clientSecretFile: string;
  emailDomains: string[];
  createUsers: boolean;
  roles?: {
    claim: string;
    values: Record<string, 'administrator' | 'remoteconnect-administrator' | 'remoteconnect-user'>;
  };
  demand: { amr?: string[] };
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sso-test-'));
  provider = await startTestProvider(ORIGIN);
  const clientSecretFile = join(directory, 'client-secret');
  await provider.writeSecret(clientSecretFile);
  configured = {
    issuer: provider.issuer,
    clientId: CLIENT_ID,
    clientSecretFile,
    emailDomains: ['example.test'],
    createUsers: true,
    demand: {},
  };
  cloud = await TestCloud.create(await openTestStore(), { singleSignOn: configured });
  await cloud.accept(ADMINISTRATOR, (await cloud.firstLogin()).code);
}, 180_000);
afterAll(async () => {
  await cloud.close();
  await provider.close();
  await rm(directory, { recursive: true });
});
beforeEach(() => {
  provider.amr = ['pwd'];
});

/** @returns where the cloud leads the browser in the end */
async function signOn(browser: string, sub: string): Promise<string> {
  provider.atTheBrowser = sub;
  const begun = await cloud.call(browser, 'GET', '/api/login/oidc');
  const callback = await visitProvider(String(begun.headers['location']), ORIGIN);
  return String((await cloud.call(browser, 'GET', callback)).headers['location']);
}

/** The cloud as it stands, configured otherwise. */
async function reconfigure(changed: Partial<typeof configured>): Promise<void> {
  await cloud.restart({ singleSignOn: { ...configured, ...changed } });
}

const me = async (browser: string) => (await cloud.call(browser, 'GET', '/api/me')).body;

test('the login page is told the name of the button', async () => {
  const { body } = await cloud.call(null, 'GET', '/api/login/ways');
  expect(body).toEqual({ singleSignOn: { name: 'Single sign-on' } });
});

test('somebody new gets an account without administrator rights, and the same one the next time', async () => {
  provider.people.set('sub-1', { email: 'sam@example.test', email_verified: true, name: 'Sam Reed' });
  expect(await signOn('sam', 'sub-1')).toBe('/');
  const { user, step } = await me('sam');
  expect(user).toMatchObject({
    email: 'sam@example.test',
    name: 'Sam Reed',
    role: 'remoteconnect-user',
    state: 'active',
  });
  expect(step).toBe('done');
  cloud.forgetCookies('sam');
  provider.people.set('sub-1', { email: 'samantha@example.test', email_verified: true });
  expect(await signOn('sam', 'sub-1')).toBe('/');
  expect((await me('sam')).user.id).toBe(user.id);
});

test('a user whom an administrator has added keeps the role; the invitation is used up', async () => {
  const wanted = { email: 'rita@example.test', name: 'Rita', role: 'remoteconnect-administrator' };
  const { body } = await cloud.call(ADMINISTRATOR, 'POST', '/api/users', wanted);
  provider.people.set('sub-2', { email: 'Rita@example.test', email_verified: true });
  expect(await signOn('rita', 'sub-2')).toBe('/');
  expect((await me('rita')).user).toMatchObject({
    id: body.user.id,
    role: 'remoteconnect-administrator',
    state: 'active',
  });
  const accepted = await cloud.call(null, 'POST', '/api/invitations/accept', {
    code: body.code,
    password: 'seven green bottles',
  });
  expect(accepted.body.code).toBe('invitation-invalid');
});

test.each([
  ['sso-domain', { email: 'eve@elsewhere.test', email_verified: true }],
  ['sso-domain', { email: 'eve@example.test.elsewhere.test', email_verified: true }],
  ['sso-email-unverified', { email: 'eve@example.test', email_verified: false }],
  ['sso-email-unverified', { email: ADMINISTRATOR }],
  ['sso-email-missing', { email_verified: true }],
])('%s: nobody is let in with %j, and it is in the audit log', async (refusal, person) => {
  provider.people.set('sub-eve', person);
  expect(await signOn('eve', 'sub-eve')).toBe(`/?refused=${refusal}`);
  expect((await cloud.call('eve', 'GET', '/api/me')).status).toBe(401);
  const { body } = await cloud.call(ADMINISTRATOR, 'GET', '/api/audit?limit=1');
  expect(body[0]).toMatchObject({ action: 'login-refused', details: { reason: refusal } });
});

test('another person of the provider does not become a user by taking over the e-mail address', async () => {
  provider.people.set('sub-thief', { email: 'sam@example.test', email_verified: true });
  expect(await signOn('thief', 'sub-thief')).toBe('/?refused=sso-unknown-user');
});

test('a disabled user is not let in, and the running login ends', async () => {
  const { id } = (await me('sam')).user;
  await cloud.call(ADMINISTRATOR, 'POST', `/api/users/${id}/disable`);
  expect((await cloud.call('sam', 'GET', '/api/me')).status).toBe(401);
  expect(await signOn('sam', 'sub-1')).toBe('/?refused=sso-disabled');
  await cloud.call(ADMINISTRATOR, 'POST', `/api/users/${id}/enable`);
  expect(await signOn('sam', 'sub-1')).toBe('/');
});

test('a callback without the cookie of its beginning, of another browser, or shown twice logs nobody in', async () => {
  provider.atTheBrowser = 'sub-1';
  const begun = await cloud.call('one', 'GET', '/api/login/oidc');
  const callback = await visitProvider(String(begun.headers['location']), ORIGIN);
  expect((await cloud.call(null, 'GET', callback)).headers['location']).toBe('/?refused=sso-failed');
  await cloud.call('other', 'GET', '/api/login/oidc');
  expect((await cloud.call('other', 'GET', callback)).headers['location']).toBe('/?refused=sso-failed');
  const cookie = String(begun.headers['set-cookie']).split(';')[0] ?? '';
  const show = () => cloud.app.inject({ method: 'GET', url: callback, headers: { cookie } });
  expect((await show()).headers['location']).toBe('/');
  expect((await show()).headers['location']).toBe('/?refused=sso-failed');
});

test('any query of the callback, with a right cookie, logs nobody in and leaves the cloud standing', async () => {
  await cloud.call('fuzz', 'GET', '/api/login/oidc');
  const query = fc.dictionary(fc.constantFrom('code', 'state', 'iss', 'error', 'id_token', 'response'), fc.string());
  await fc.assert(
    fc.asyncProperty(query, async (parameters) => {
      const { headers } = await cloud.app.inject({
        method: 'GET',
        url: `/api/login/oidc/callback?${new URLSearchParams(parameters).toString()}`,
        headers: { cookie: cloud.cookieOf('fuzz') },
        remoteAddress: `192.0.2.${(from = (from + 1) % 250)}`,
      });
      expect(headers['location']).toBe('/?refused=sso-failed');
    }),
    { numRuns: 40 },
  );
  expect(cloud.errors).toEqual([]);
});

test('the cookie of the beginning tells neither state nor verifier', async () => {
  const begun = await cloud.call(null, 'GET', '/api/login/oidc');
  const state = new URL(String(begun.headers['location'])).searchParams.get('state') ?? '';
  expect(state).not.toBe('');
  const cookie = String(begun.headers['set-cookie']);
  expect(cookie).toMatch(/; HttpOnly; Secure; SameSite=Lax$/);
  expect(Buffer.from(cookie.split(/[=;]/)[1] ?? '', 'base64url').includes(state)).toBe(false);
});

test('strangers are refused where the configuration makes no users', async () => {
  await reconfigure({ createUsers: false });
  provider.people.set('sub-new', { email: 'new@example.test', email_verified: true });
  expect(await signOn('new', 'sub-new')).toBe('/?refused=sso-unknown-user');
  await reconfigure({});
});

test('the second factor of the provider can be demanded', async () => {
  await reconfigure({ demand: { amr: ['mfa', 'hwk'] } });
  expect(await signOn('sam', 'sub-1')).toBe('/?refused=sso-second-factor');
  provider.amr = ['pwd', 'mfa'];
  expect(await signOn('sam', 'sub-1')).toBe('/');
  await reconfigure({});
});

test('roles follow the claim at each login; without a mapped value nobody is let in', async () => {
  const values = { 'rc-admins': 'administrator', 'rc-users': 'remoteconnect-user' } as const;
  await reconfigure({ roles: { claim: 'groups', values } });
  const person = { email: 'kim@example.test', email_verified: true, name: 'Kim' };
  provider.people.set('sub-3', { ...person, groups: ['rc-users', 'rc-admins', 'toString'] });
  expect(await signOn('kim', 'sub-3')).toBe('/');
  // The provider has its own second factor: nothing is asked for here.
  expect(await me('kim')).toMatchObject({ user: { role: 'administrator' }, step: 'done' });
  provider.people.set('sub-3', { ...person, groups: ['rc-users'] });
  expect(await signOn('kim', 'sub-3')).toBe('/');
  expect((await me('kim')).user.role).toBe('remoteconnect-user');
  provider.people.set('sub-3', { ...person, groups: ['toString'] });
  expect(await signOn('kim', 'sub-3')).toBe('/?refused=sso-no-role');
  await reconfigure({});
});

test('the cloud stands while the provider does not, and says so', async () => {
  await reconfigure({ issuer: 'http://127.0.0.1:9' });
  const { headers } = await cloud.call(null, 'GET', '/api/login/oidc');
  expect(headers['location']).toBe('/?refused=sso-failed');
  await reconfigure({});
});
