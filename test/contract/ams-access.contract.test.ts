import { readFile, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { access, amsError } from '@edgegateway/appliance/contract';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AmsFixture, PASSWORD } from './ams-fixture.ts';

let ams: AmsFixture;

beforeAll(async () => {
  ams = await AmsFixture.create();
  await ams.startAms();
});

afterAll(() => ams.close());

const code = (answer: { json(): unknown }) => amsError.parse(answer.json()).code;

test('G1: the first password needs the code from the console, then a login', async () => {
  const wrong = await ams.ask('POST', '/api/setup', { oneTimeCode: 'AAAA-AAAA-AAAA', password: PASSWORD });
  expect([wrong.status, code(wrong)]).toEqual([403, 'one-time-code-wrong']);
  const { oneTimeCode } = await ams.console();
  const set = await ams.ask('POST', '/api/setup', { oneTimeCode, password: PASSWORD });
  expect(access.parse(set.json())).toEqual({ passwordSet: true, loggedIn: true });
  expect(String(set.headers['set-cookie'])).toMatch(/^__Host-ams=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
  expect((await ams.console()).oneTimeCode).toBeNull();
  const again = await ams.ask('POST', '/api/setup', { oneTimeCode, password: PASSWORD });
  expect(code(again)).toBe('password-already-set');
  for (const name of ['tls-key.pem', 'password.json'])
    expect((await stat(join(ams.directory, 'state', name))).mode & 0o777).toBe(0o600);
});

test('a request that changes something is refused unless it says that it comes from this page', async () => {
  for (const headers of [{ origin: 'https://elsewhere.example' }, { origin: '' }, { 'sec-fetch-site': 'cross-site' }]) {
    const answer = await ams.ask('PUT', '/api/remoteconnect', { on: false }, headers);
    expect([answer.status, code(answer)]).toEqual([403, 'foreign-origin']);
  }
});

test('the page comes under the strict policy, and the interface is never cached', async () => {
  const page = await ams.ask('GET', '/any/place');
  expect(page.text).toContain('<title>AMS</title>');
  expect(page.headers['content-security-policy']).toBe(
    "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;font-src 'self';connect-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none'",
  );
  expect((await ams.ask('GET', '/api/access')).headers['cache-control']).toBe('no-store');
  expect((await ams.ask('GET', '/api/nothing')).status).toBe(404);
});

test('plain HTTP is not answered', async () => {
  const received = await new Promise<string>((resolve) => {
    let text = '';
    const socket = connect(ams.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'));
    socket.setEncoding('latin1').on('data', (part: string) => {
      text += part;
    });
    socket.on('error', () => undefined).on('close', () => resolve(text));
  });
  expect(received).not.toContain('HTTP/');
});

test('a request of any form gets an answer of the contract, never a failure of the AMS', async () => {
  const paths = ['/api/setup', '/api/login', '/api/password', '/api/remoteconnect', '/api/connections/%00/end'];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('POST', 'PUT', 'DELETE', 'PATCH'),
      fc.constantFrom(...paths, '/api', '/api/../state/password.json'),
      // No password that could be right: the throttle must stay open for the tests that follow.
      fc.jsonValue().filter((body) => !JSON.stringify(body).includes('"password"')),
      async (method, path, body) => {
        const answer = await ams.ask(method, path, body);
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.status).toBeLessThan(500);
        expect(() => amsError.parse(answer.json()), answer.text).not.toThrow();
      },
    ),
    { numRuns: 60 },
  );
  const broken = await ams.ask('PUT', '/api/remoteconnect', undefined, { 'content-type': 'application/json' });
  expect([broken.status, code(broken)]).toEqual([400, 'invalid-request']);
  const long = await ams.ask('PUT', '/api/remoteconnect', { on: false, note: 'x'.repeat(20_000) });
  expect([long.status, code(long)]).toEqual([400, 'invalid-request']);
});

test('without a login nothing is told; a change of the password ends every other login', async () => {
  const first = ams.cookie;
  ams.cookie = null;
  expect(code(await ams.ask('GET', '/api/overview'))).toBe('not-logged-in');
  expect(code(await ams.ask('GET', '/api/events'))).toBe('not-logged-in');
  expect((await ams.ask('POST', '/api/login', { password: PASSWORD })).status).toBe(200);
  const newPassword = `${PASSWORD} anew`;
  expect((await ams.ask('PUT', '/api/password', { currentPassword: PASSWORD, newPassword })).status).toBe(200);
  expect((await ams.ask('GET', '/api/overview')).status).toBe(200);
  const second = ams.cookie;
  ams.cookie = first;
  expect((await ams.ask('GET', '/api/overview')).status).toBe(401);
  ams.cookie = second;
  expect(access.parse((await ams.ask('POST', '/api/logout')).json()).loggedIn).toBe(false);
  ams.cookie = second;
  expect((await ams.ask('GET', '/api/overview')).status).toBe(401);
});

test('K68: guessing is throttled by the address of the connection, whatever other one a request names', async () => {
  const codes: string[] = [];
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const named = `198.51.100.${attempt}`;
    const headers = { 'x-forwarded-for': named, 'x-real-ip': named, forwarded: `for=${named}` };
    codes.push(code(await ams.ask('POST', '/api/login', { password: PASSWORD }, headers)));
  }
  expect(codes.slice(0, 3)).toEqual(['password-wrong', 'password-wrong', 'password-wrong']);
  expect(codes.slice(3)).toContain('too-many-attempts');
});

test('K64: whatever somebody sends as name or password, the log has no line that they made up', async () => {
  const hostile = 'x\r\nLOGIN_OK user=admin\u001b[2K\u009b2J\u2028';
  for (const body of [{ user: hostile, password: PASSWORD }, { password: hostile }, { [hostile]: 1 }])
    expect((await ams.ask('POST', '/api/login', body)).status).toBeGreaterThanOrEqual(400);
  await ams.ask('POST', '/api/setup', { oneTimeCode: hostile, password: hostile });
  await ams.ask('GET', `/api/${encodeURIComponent(hostile)}`);
  expect(ams.output).not.toContain('LOGIN_OK');
  for (const line of ams.output.split('\n').filter((text) => text.startsWith('{')))
    expect(() => JSON.parse(line) as unknown).not.toThrow();
});

describe('after a restart', () => {
  test('G1: the password still holds, logins are gone, and the console shows no one-time code', async () => {
    const { fingerprint } = await ams.console();
    expect(await ams.stopAms()).toBe(0);
    await ams.startAms();
    expect(access.parse((await ams.ask('GET', '/api/access')).json())).toEqual({ passwordSet: true, loggedIn: false });
    expect(await ams.console()).toEqual({ fingerprint, oneTimeCode: null });
    expect((await ams.ask('POST', '/api/login', { password: `${PASSWORD} anew` })).status).toBe(200);
  });

  test('a damaged password file is told, and never means that a first password may be set', async () => {
    await ams.stopAms();
    const file = join(ams.directory, 'state/password.json');
    await writeFile(file, (await readFile(file, 'utf8')).slice(0, 20));
    await expect(ams.startAms()).rejects.toThrow(/The password file is damaged\./);
  });
});
