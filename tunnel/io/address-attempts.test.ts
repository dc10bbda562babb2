import { getDefaultAutoSelectFamilyAttemptTimeout, setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { ATTEMPT_MILLISECONDS, giveEachAddressTime } from './address-attempts.ts';

const SLOW_ROUND_TRIP = 800;
const LONGEST_FALLBACK = 5000;

const before = getDefaultAutoSelectFamilyAttemptTimeout();
afterAll(() => setDefaultAutoSelectFamilyAttemptTimeout(before));

test('K18: an address has time for a handshake on a slow line, and a dead one is left in good time', () => {
  giveEachAddressTime();
  expect(getDefaultAutoSelectFamilyAttemptTimeout()).toBe(ATTEMPT_MILLISECONDS);
  expect(ATTEMPT_MILLISECONDS).toBeGreaterThan(2 * SLOW_ROUND_TRIP);
  expect(2 * ATTEMPT_MILLISECONDS).toBeLessThan(LONGEST_FALLBACK);
});
