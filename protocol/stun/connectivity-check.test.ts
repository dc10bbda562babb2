import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BINDING_ANSWER_MAX_BYTES, writeBindingAnswer } from './binding.ts';
import {
  type ConnectivityCheck,
  encodeCheckResponse,
  encodeConnectivityCheck,
  isCheckResponse,
  readConnectivityCheck,
} from './connectivity-check.ts';

const PASSWORD = 'the-password-of-the-asked';
const TIE_BREAKER = randomBytes(8);
const CHECK: ConnectivityCheck = {
  ...{ transactionId: randomBytes(12), remoteFragment: 'asked', localFragment: 'asking' },
  ...{ role: 'controlling', nominates: null },
};
const encoded = (changes: Partial<ConnectivityCheck> = {}) =>
  encodeConnectivityCheck({ ...CHECK, ...changes }, TIE_BREAKER, PASSWORD);
const passwordOf = (fragment: string) => (fragment === 'asked' ? PASSWORD : null);

test('T2: a check is read by the one whose password it proves, with its nomination', () => {
  const { transactionId } = CHECK;
  const read = { transactionId: Uint8Array.from(transactionId), localFragment: 'asked', remoteFragment: 'asking' };
  expect(readConnectivityCheck(encoded(), passwordOf)).toEqual({ ...read, nominates: null });
  expect(readConnectivityCheck(encoded({ nominates: 0 }), passwordOf)).toEqual({ ...read, nominates: 0 });
  expect(readConnectivityCheck(encoded({ nominates: 255 }), passwordOf)?.nominates).toBe(255);
});

test('a check without the right password, or for somebody else, proves nothing', () => {
  expect(readConnectivityCheck(encoded(), () => 'another password of this end')).toBeNull();
  expect(readConnectivityCheck(encoded({ remoteFragment: 'nobody' }), passwordOf)).toBeNull();
});

test('a changed check proves nothing, whichever bit was changed', () => {
  const bytes = encoded({ nominates: 7 });
  // The last attribute is FINGERPRINT: what it says of a message that is proved is of no account.
  fc.assert(
    fc.property(fc.nat(bytes.length - 9), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ by;
      expect(readConnectivityCheck(changed, passwordOf)).toBeNull();
    }),
  );
});

test('a response proves the password, and one of another end does not', () => {
  const source = { family: 'IPv4', address: '192.0.2.1', port: 4000 } as const;
  const response = encodeCheckResponse(CHECK.transactionId, source, PASSWORD);
  expect(isCheckResponse(response, PASSWORD)).toBe(true);
  expect(isCheckResponse(response, 'another password')).toBe(false);
});

test('the answer of a public STUN server to a check proves nothing', () => {
  const answer = new Uint8Array(BINDING_ANSWER_MAX_BYTES);
  const length = writeBindingAnswer(answer, encoded(), Uint8Array.of(192, 0, 2, 1), 4000);
  expect(length).toBeGreaterThan(0);
  expect(isCheckResponse(answer.subarray(0, length), PASSWORD)).toBe(false);
});

test('any bytes are read without an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      expect(readConnectivityCheck(bytes, passwordOf)).toBeNull();
      expect(isCheckResponse(bytes, PASSWORD)).toBe(false);
    }),
  );
});
