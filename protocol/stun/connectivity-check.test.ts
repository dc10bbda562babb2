import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { STUN_ATTRIBUTE } from './attributes.ts';
import { BINDING_ANSWER_MAX_BYTES, writeBindingAnswer } from './binding.ts';
import {
  type ConnectivityCheck,
  encodeCheckResponse,
  encodeConnectivityCheck,
  isCheckResponse,
  readConnectivityCheck,
} from './connectivity-check.ts';
import { StunError } from './error.ts';
import { STUN_BINDING } from './header.ts';
import { encodeStunMessage } from './message.ts';

const PASSWORD = 'the-password-of-the-asked';
const TIE_BREAKER = randomBytes(8);
const SOURCE = { family: 'IPv4', address: '192.0.2.1', port: 4000 } as const;
const CHECK: ConnectivityCheck = {
  ...{ transactionId: randomBytes(12), remoteFragment: 'asked', localFragment: 'asking' },
  ...{ role: 'controlling', nominates: null, packetBytes: null, paddedTo: null },
};
const encoded = (changes: Partial<ConnectivityCheck> = {}) =>
  encodeConnectivityCheck({ ...CHECK, ...changes }, TIE_BREAKER, PASSWORD);
const passwordOf = (fragment: string) => (fragment === 'asked' ? PASSWORD : null);

test('T2: a check is read by the one whose password it proves, with its nomination', () => {
  const { transactionId } = CHECK;
  const read = { transactionId: Uint8Array.from(transactionId), localFragment: 'asked', remoteFragment: 'asking' };
  const plain = { ...read, nominates: null, packetBytes: null, paddedTo: null };
  expect(readConnectivityCheck(encoded(), passwordOf)).toEqual(plain);
  expect(readConnectivityCheck(encoded({ nominates: 0 }), passwordOf)).toEqual({ ...plain, nominates: 0 });
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
  const response = encodeCheckResponse(CHECK.transactionId, SOURCE, PASSWORD, null);
  expect(isCheckResponse(response, PASSWORD)).toBe(true);
  expect(isCheckResponse(response, 'another password')).toBe(false);
});

test('K02: a check says how large the packets of its sender are', () => {
  fc.assert(
    fc.property(fc.nat(0xffff), (packetBytes) => {
      expect(readConnectivityCheck(encoded({ packetBytes }), passwordOf)?.packetBytes).toBe(packetBytes);
    }),
  );
});

test('K02: a padded check and its answer have exactly the length that was asked for, and are proved with it', () => {
  const multipleOfFour = fc.integer({ min: 60, max: 375 }).map((words) => words * 4);
  fc.assert(
    fc.property(multipleOfFour, fc.option(fc.nat(255)), (paddedTo, nominates) => {
      const bytes = encoded({ paddedTo, nominates, packetBytes: 1280 });
      expect(bytes).toHaveLength(paddedTo);
      const read = readConnectivityCheck(bytes, passwordOf);
      expect(read).toMatchObject({ paddedTo, nominates, packetBytes: 1280 });
      const response = encodeCheckResponse(CHECK.transactionId, SOURCE, PASSWORD, read?.paddedTo ?? null);
      expect(response).toHaveLength(paddedTo);
      expect(isCheckResponse(response, PASSWORD)).toBe(true);
    }),
  );
});

test.each([
  ['too short for what it has to say', 64],
  ['no multiple of four', 1311],
  ['longer than any packet of ours', 1504],
])('K02: a check is not written with a length that is %s', (_, paddedTo) => {
  expect(() => encoded({ paddedTo })).toThrow(StunError);
});

test('K02: a check longer than any of ours proves nothing, so that no long answer is drawn from here', () => {
  const padding = { kind: 'raw', type: STUN_ATTRIBUTE.padding, value: new Uint8Array(1500) } as const;
  const message = {
    ...({ class: 'request', method: STUN_BINDING, transactionId: CHECK.transactionId } as const),
    attributes: [{ kind: 'username' as const, text: 'asked:asking' }, padding],
  };
  const bytes = encodeStunMessage(message, { integrityKey: Buffer.from(PASSWORD), fingerprint: true });
  expect(readConnectivityCheck(bytes, passwordOf)).toBeNull();
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
