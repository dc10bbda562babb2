/** Nothing stands in front of the cloud: what a request says of where it came from is not believed. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openTestStore } from '../../store/testing.ts';
import type { AuditEntry } from '../contract.ts';
import { ORIGIN, PASSWORD, TestCloud } from '../testing.ts';

vi.setConfig({ testTimeout: 60_000 });
const ADMINISTRATOR = 'admin@example.test';
let cloud: TestCloud;

beforeAll(async () => {
  cloud = await TestCloud.create(await openTestStore());
  await cloud.accept(ADMINISTRATOR, (await cloud.firstLogin()).code);
}, 60_000);
afterAll(() => cloud.close());

const address = (at: number) => `198.51.100.${at % 256}`;

/** A wrong login whose headers name another address each time. */
async function wrongLogin(from: string, at: number, email = ADMINISTRATOR): Promise<number> {
  const forwarded = {
    'x-forwarded-for': `${address(at)}, ${address(at + 1)}`,
    'x-real-ip': address(at),
    forwarded: `for=${address(at)}`,
    'true-client-ip': address(at),
  };
  const answer = await cloud.app.inject({
    ...{ method: 'POST', url: '/api/login', remoteAddress: from, headers: { origin: ORIGIN, ...forwarded } },
    payload: { email, password: 'wrong' },
  });
  return answer.statusCode;
}

test('K68: 200 wrong logins, each with another X-Forwarded-For, are those of one address', async () => {
  await cloud.withStoppedClock(async () => {
    const statuses: number[] = [];
    for (let at = 0; at < 200; at += 1) statuses.push(await wrongLogin('203.0.113.7', at));
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(195);
  });
});

test('K68: all addresses of one IPv6 network are one address, of another network another', async () => {
  await cloud.withStoppedClock(async () => {
    const email = 'nobody@example.test';
    const statuses: number[] = [];
    for (let at = 1; at <= 20; at += 1) statuses.push(await wrongLogin(`2001:db8::${at.toString(16)}`, at, email));
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(await wrongLogin('2001:db8:0:1::1', 1, email)).toBe(401);
  });
});

test('K68: the audit log has the address of the connection', async () => {
  await wrongLogin('203.0.113.8', 9, 'other@example.test');
  const { body } = await cloud.call(ADMINISTRATOR, 'GET', '/api/audit?action=login-refused');
  expect(body[0]).toMatchObject({ origin: '203.0.113.8', details: { email: 'other@example.test' } });
  const origins = new Set(body.map(({ origin }: AuditEntry) => origin));
  expect([...origins].filter((origin) => String(origin).startsWith('198.51.100.'))).toEqual([]);
});

test('K68: so has the list of logins that a user sees', async () => {
  const headers = { origin: ORIGIN, 'x-forwarded-for': '198.51.100.9' };
  const user = await cloud.addPerson(ADMINISTRATOR, 'tina@example.test', 'remoteconnect-user');
  const payload = { email: user.email, password: PASSWORD };
  await cloud.app.inject({ method: 'POST', url: '/api/login', remoteAddress: '203.0.113.9', headers, payload });
  const rows = await cloud.store.read.selectFrom('logins').select('address').where('user_id', '=', user.id).execute();
  expect(rows.map((row) => row.address)).toContain('203.0.113.9');
  expect(rows.map((row) => row.address)).not.toContain('198.51.100.9');
});
