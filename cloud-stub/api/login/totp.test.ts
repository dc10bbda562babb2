/** Codes as RFC 6238 appendix B gives them. */
import { describe, expect, test } from 'vitest';
import { loginStep } from './login-step.ts';
import { newTotpSecret, totpStep, totpUri } from './totp.ts';

/** `12345678901234567890` in base 32, the secret of the RFC's vectors. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const at = (seconds: number) => new Date(seconds * 1000);

test.each([
  [59, '287082'],
  [1111111109, '081804'],
  [1111111111, '050471'],
  [1234567890, '005924'],
  [2000000000, '279037'],
  [20000000000, '353130'],
])('at %d s the code is %s', (seconds, code) => {
  expect(totpStep(SECRET, code, at(seconds))).toBe(Math.floor(seconds / 30));
  expect(totpStep(SECRET, ` ${code.slice(0, 3)} ${code.slice(3)}`, at(seconds))).toBe(Math.floor(seconds / 30));
});

test('a clock may be one step off, not two', () => {
  const step = Math.floor(1111111109 / 30);
  expect([-60, -30, 0, 30, 60].map((off) => totpStep(SECRET, '081804', at(1111111109 + off)))).toEqual([
    null,
    step,
    step,
    step,
    null,
  ]);
});

test.each(['', '08180', '0818044', 'abcdef', '०८१८०४'])('%j is no code', (code) => {
  expect(totpStep(SECRET, code, at(1111111109))).toBe(null);
});

test('every secret is another one of 160 bits, and the address names issuer and user', () => {
  const secrets = [newTotpSecret(), newTotpSecret()];
  expect(new Set(secrets).size).toBe(2);
  for (const secret of secrets) expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  const uri = new URL(totpUri(SECRET, 'anna@plant.example'));
  expect(decodeURIComponent(uri.pathname)).toContain('remoteConnect:anna@plant.example');
  expect(uri.searchParams.get('secret')).toBe(SECRET);
});

describe('P4: how far a login has come', () => {
  const facts = {
    method: 'password',
    role: 'remoteconnect-user',
    hasSecondFactor: false,
    secondFactorShown: false,
  } as const;
  test.each([
    [{}, 'administrators', 'done'],
    [{ role: 'remoteconnect-administrator' }, 'administrators', 'done'],
    [{ role: 'administrator' }, 'administrators', 'enrol'],
    [{}, 'everyone', 'enrol'],
    [{ hasSecondFactor: true }, 'administrators', 'code'],
    [{ role: 'administrator', hasSecondFactor: true }, 'administrators', 'code'],
    [{ role: 'administrator', hasSecondFactor: true, secondFactorShown: true }, 'everyone', 'done'],
    [{ role: 'administrator', method: 'single-sign-on' }, 'everyone', 'done'],
  ] as const)('%j with a second factor for %s: %s', (more, policy, step) => {
    expect(loginStep({ ...facts, ...more }, policy)).toBe(step);
  });
});
