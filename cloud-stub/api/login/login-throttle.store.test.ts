/** Guessing is slow, and slows down nobody else (P4). Two of these classes on one store are two processes. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Store } from '../../store/store.ts';
import { openTestStore } from '../../store/testing.ts';
import { addressKeys, afterAttempt, codeKeys, LoginThrottle, passwordKeys } from './login-throttle.ts';

vi.setConfig({ testTimeout: 60_000 });
const MINUTE = 60_000;
let store: Store;
let now = Date.parse('2026-11-25T08:00:00.000Z');
let one: LoginThrottle;
let other: LoginThrottle;

beforeAll(async () => {
  store = await openTestStore();
  one = new LoginThrottle(store, () => new Date(now));
  other = new LoginThrottle(store, () => new Date(now));
}, 60_000);
afterAll(() => store.close());

const ATTACKER = '203.0.113.66';
const HOME = '198.51.100.7';

/** How many of these attempts are heard. */
async function heard(keys: ReturnType<typeof passwordKeys>, attempts: number): Promise<number> {
  const results = await Promise.allSettled(
    Array.from({ length: attempts }, (_, at) => (at % 2 === 0 ? one : other).attempt(keys)),
  );
  return results.filter(({ status }) => status === 'fulfilled').length;
}

test('many attempts at once, at two processes, are counted together', async () => {
  expect(await heard(passwordKeys('a@example.test', ATTACKER, null), 40)).toBe(5);
});

test('what an attacker uses up from one address is free from another one', async () => {
  const email = 'b@example.test';
  expect(await heard(passwordKeys(email, ATTACKER, null), 10)).toBe(5);
  await expect(other.attempt(passwordKeys(email.toUpperCase(), ATTACKER, null))).rejects.toMatchObject({
    code: 'too-many-attempts',
  });
  await other.attempt(passwordKeys(email, HOME, null));
});

test('the known browser gets in though the account is attacked from everywhere, its own address too', async () => {
  const email = 'c@example.test';
  for (let network = 0; network < 30; network += 1) await heard(passwordKeys(email, `192.0.2.${network}`, null), 5);
  await heard(passwordKeys(email, HOME, null), 10);
  await expect(one.attempt(passwordKeys(email, '192.0.2.200', null))).rejects.toMatchObject({
    code: 'too-many-attempts',
  });
  await one.attempt(passwordKeys(email, HOME, 'the device'));
  expect(await heard(passwordKeys(email, HOME, 'the device'), 10)).toBe(4);
});

test('addresses of one IPv6 host count as one', async () => {
  expect(await heard(passwordKeys('d@example.test', '2001:db8::1', null), 5)).toBe(5);
  await expect(one.attempt(passwordKeys('d@example.test', '2001:db8::ffff:2', null))).rejects.toThrow();
});

test('a success forgets the failures of its account; of an address only its own attempt', async () => {
  const from = '192.0.2.250';
  for (let user = 0; user < 49; user += 1) await one.attempt(passwordKeys(`user-${user}@example.test`, from, null));
  const attacker = passwordKeys('own-account@example.test', from, null);
  await one.attempt(attacker);
  await one.succeeded(attacker);
  await one.attempt(addressKeys(from));
  await expect(one.attempt(addressKeys(from))).rejects.toMatchObject({ code: 'too-many-attempts' });
});

test('codes of the second factor are limited for the account as a whole', async () => {
  let all = 0;
  for (let network = 0; network < 10; network += 1)
    all += await heard(codeKeys('user', `198.51.100.${network}`, null), 5);
  expect(all).toBe(10);
});

test('a wait that is over lets one attempt be heard, and failures are forgotten in the end', async () => {
  const keys = passwordKeys('e@example.test', '192.0.2.99', null);
  expect(await heard(keys, 6)).toBe(5);
  now += 2000;
  expect(await heard(keys, 6)).toBe(1);
  now += 24 * 60 * MINUTE;
  expect(await heard(keys, 6)).toBe(5);
});

test('what is long past leaves the table', async () => {
  now += 25 * 60 * MINUTE;
  await one.attempt(addressKeys('192.0.2.1'));
  await one.attempt(addressKeys('192.0.2.2'));
  await one.attempt(addressKeys('192.0.2.3'));
  expect(await store.read.selectFrom('login_failures').select('key_hash').execute()).toHaveLength(3);
});

describe('the wait', () => {
  const key = { free: 5, forgets: 15 * MINUTE };
  const start = Date.parse('2026-11-25T08:00:00.000Z');
  const failures = (count: number, wait: number) => ({
    failures: count,
    last_at: new Date(start).toISOString(),
    wait,
  });
  const next = (before: Parameters<typeof afterAttempt>[0], at: number) => {
    const after = afterAttempt(before, key, at);
    return 'next' in after ? after.next.wait : null;
  };

  test('doubles from two seconds on, up to a quarter of an hour', () => {
    expect([3, 4, 5, 6, 20].map((count) => next(failures(count, 0), start))).toEqual([
      0,
      2000,
      4000,
      8000,
      15 * MINUTE,
    ]);
  });

  test('is never longer than it was, though the clock was set back', () => {
    expect(afterAttempt(failures(9, 8000), key, start - 60 * MINUTE)).toEqual({ wait: 8000 });
  });

  test('gets shorter by what was forgotten meanwhile', () => {
    expect(next(failures(9, 8000), start + 4 * key.forgets)).toBe(4000);
  });
});
