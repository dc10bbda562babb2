import { expect, test } from 'vitest';
import { areCookiesBlocked } from './browser-cookies.ts';

test.each([
  ['a browser that says so, before a login', false, null, true],
  ['a browser that says otherwise, before a login', true, null, false],
  ['a browser that says otherwise, and a login that the next request does not know', true, false, true],
  ['a login that the next request knows', true, true, false],
  ['a login that is kept, whatever the browser says', false, true, false],
])('K74: cookies of %s are told as blocked: %s, %s', (_what, isEnabled, isKept, isBlocked) => {
  expect(areCookiesBlocked(isEnabled, isKept)).toBe(isBlocked);
});
