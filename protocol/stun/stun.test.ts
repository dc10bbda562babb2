import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeStunAddress, type StunAddress } from './address.ts';
import type { StunAttribute } from './attributes.ts';
import { BINDING_ANSWER_MAX_BYTES, encodeBindingRequest, mappedAddressOf, writeBindingAnswer } from './binding.ts';
import { StunError } from './error.ts';
import { isStunMessage, STUN_BINDING } from './header.ts';
import { checkMessageIntegrity, decodeStunMessage, encodeStunMessage, type StunMessage } from './message.ts';

const transactionId = fc.uint8Array({ minLength: 12, maxLength: 12 });
const port = fc.nat(65_535);
const ipv4: fc.Arbitrary<StunAddress> = fc.record({ family: fc.constant('IPv4'), address: fc.ipV4(), port });
/** As RFC 5952 writes it: what a URL makes of it, without its brackets. */
const canonical = (address: string) => new URL(`http://[${address}]`).hostname.slice(1, -1);
const ipv6: fc.Arbitrary<StunAddress> = fc.record({
  family: fc.constant('IPv6'),
  address: fc.ipV6().map(canonical),
  port,
});
const endpoint = fc.oneof(ipv4, ipv6);
const text = (maxLength: number) => fc.string({ unit: 'grapheme', maxLength });
const DECODED_TYPES = new Set([0x0001, 0x0006, 0x0008, 0x0009, 0x000a, 0x0014, 0x0015, 0x001c, 0x0020, 0x8022, 0x8028]);
const attribute: fc.Arbitrary<StunAttribute> = fc.oneof(
  fc.record({ kind: fc.constantFrom('mapped-address' as const, 'xor-mapped-address' as const), endpoint }),
  fc.record({ kind: fc.constantFrom('username', 'software', 'realm', 'nonce'), text: text(20) }),
  fc.record({ kind: fc.constant('error-code' as const), code: fc.integer({ min: 300, max: 699 }), reason: text(20) }),
  fc.record({ kind: fc.constant('unknown-attributes' as const), types: fc.array(fc.nat(0xffff), { maxLength: 9 }) }),
  fc.record({
    kind: fc.constant('raw' as const),
    type: fc.nat(0xffff).filter((type) => !DECODED_TYPES.has(type)),
    value: fc.uint8Array({ maxLength: 40 }),
  }),
);
const message: fc.Arbitrary<StunMessage> = fc.record({
  class: fc.constantFrom('request', 'indication', 'success', 'error'),
  method: fc.nat(0xfff),
  transactionId,
  attributes: fc.array(attribute, { maxLength: 6 }),
});
const key = fc.uint8Array({ minLength: 1, maxLength: 40 });

/** The message, or null where the codec threw its own error; any other error fails the test. */
function tryDecode(bytes: Uint8Array): StunMessage | null {
  try {
    return decodeStunMessage(bytes);
  } catch (error) {
    if (error instanceof StunError) return null;
    throw error;
  }
}

/** Null: silence. */
function answerTo(bytes: Uint8Array, source: StunAddress): Uint8Array | null {
  const answer = new Uint8Array(BINDING_ANSWER_MAX_BYTES);
  const length = writeBindingAnswer(answer, bytes, encodeStunAddress(source, null).subarray(4), source.port);
  return length === 0 ? null : answer.subarray(0, length);
}

test('what is written is read again, protected or not', () => {
  fc.assert(
    fc.property(message, fc.option(key, { nil: undefined }), fc.boolean(), (given, integrityKey, fingerprint) => {
      const protection = integrityKey === undefined ? { fingerprint } : { fingerprint, integrityKey };
      const bytes = encodeStunMessage(given, protection);
      expect(isStunMessage(bytes)).toBe(true);
      expect(decodeStunMessage(bytes)).toEqual(given);
      if (integrityKey !== undefined) expect(checkMessageIntegrity(bytes, integrityKey)).toBe('valid');
    }),
  );
});

test('fuzz: random bytes behind a right header are read or refused with the own error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), transactionId, fc.nat(0x3fff), (body, id, type) => {
      const length = body.length & ~3;
      const bytes = Uint8Array.of(type >> 8, type & 0xff, length >> 8, length & 0xff, 0x21, 0x12, 0xa4, 0x42);
      const whole = Uint8Array.from([...bytes, ...id, ...body.subarray(0, length)]);
      tryDecode(whole);
      answerTo(whole, { family: 'IPv4', address: '192.0.2.1', port: 1 });
    }),
    { numRuns: 1000 },
  );
});

test('fuzz: any bytes at all are read or refused with the own error, and never changed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const before = bytes.slice();
      tryDecode(bytes);
      expect(bytes).toEqual(before);
    }),
  );
});

/** Of every attribute: where its length stands, in two bytes (RFC 8489 section 14). */
function lengthPlaces(bytes: Uint8Array): Set<number> {
  const places = new Set<number>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 20; at < bytes.length; at += 4 + Math.ceil(view.getUint16(at + 2) / 4) * 4) {
    places.add(at + 2).add(at + 3);
  }
  return places;
}

test('fuzz: a message with one byte changed never passes with its fingerprint', () => {
  fc.assert(
    fc.property(message, fc.nat(), fc.integer({ min: 1, max: 255 }), (given, position, change) => {
      const bytes = encodeStunMessage(given, { fingerprint: true });
      // The header of FINGERPRINT itself decides whether there is one: all before it is what it protects.
      const at = position % (bytes.length - 8);
      // And so does the length of another attribute, which may swallow it.
      fc.pre(!lengthPlaces(bytes).has(at));
      bytes[at] = (bytes[at] ?? 0) ^ change;
      expect(tryDecode(bytes)).toBeNull();
    }),
    { numRuns: 1000 },
  );
});

test('fuzz: what lies around a message in its buffer is never read', () => {
  fc.assert(
    fc.property(message, fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (given, front, back) => {
      const bytes = encodeStunMessage(given, { fingerprint: true });
      const buffer = Uint8Array.from([...front, ...bytes, ...back]);
      expect(decodeStunMessage(buffer.subarray(front.length, front.length + bytes.length))).toEqual(given);
    }),
  );
});

test('what follows MESSAGE-INTEGRITY is ignored, for nothing vouches for it', () => {
  const integrityKey = Uint8Array.of(1, 2, 3);
  const empty = { class: 'request', method: STUN_BINDING, transactionId: new Uint8Array(12), attributes: [] } as const;
  const bytes = encodeStunMessage(empty, { integrityKey });
  const smuggled = Uint8Array.from([...bytes, 0x00, 0x25, 0x00, 0x00]);
  smuggled[3] = smuggled.length - 20;
  expect(decodeStunMessage(smuggled).attributes).toEqual([]);
  expect(checkMessageIntegrity(smuggled, integrityKey)).toBe('valid');
});

test('T3: a server answers a Binding request with the address that it came from', () => {
  fc.assert(
    fc.property(transactionId, endpoint, (id, source) => {
      const answer = answerTo(encodeBindingRequest(id), source);
      const decoded = answer === null ? null : decodeStunMessage(answer);
      expect(decoded?.transactionId).toEqual(id);
      expect(decoded === null ? null : mappedAddressOf(decoded)).toEqual(source);
    }),
  );
});

function request(attributes: readonly StunAttribute[]): Uint8Array {
  return encodeStunMessage({ class: 'request', method: STUN_BINDING, transactionId: new Uint8Array(12), attributes });
}

test('a request with an attribute that a server would have to know is refused with 420 and the name of it', () => {
  const unknown: StunAttribute = { kind: 'raw', type: 0x7abc, value: Uint8Array.of(1) };
  const optional: StunAttribute = { kind: 'raw', type: 0xfabc, value: Uint8Array.of(1) };
  const source: StunAddress = { family: 'IPv4', address: '192.0.2.1', port: 7 };
  const answer = (attributes: StunAttribute[]) =>
    decodeStunMessage(answerTo(request(attributes), source) ?? new Uint8Array());
  expect(answer([unknown])).toMatchObject({
    class: 'error',
    attributes: [
      { kind: 'error-code', code: 420 },
      { kind: 'unknown-attributes', types: [0x7abc] },
    ],
  });
  expect(answer([optional])).toMatchObject({ class: 'success' });
});

test('an answer to many unknown attributes is no longer than the longest', () => {
  const many = Array.from(
    { length: 40 },
    (_, index): StunAttribute => ({ kind: 'raw', type: 0x7a00 + index, value: new Uint8Array() }),
  );
  expect(answerTo(request(many), { family: 'IPv6', address: '2001:db8::1', port: 7 })).toHaveLength(
    BINDING_ANSWER_MAX_BYTES,
  );
});

test.each(['success', 'error', 'indication'] as const)('a %s is never answered', (messageClass) => {
  const bytes = encodeStunMessage({
    class: messageClass,
    method: STUN_BINDING,
    transactionId: new Uint8Array(12),
    attributes: [],
  });
  expect(answerTo(bytes, { family: 'IPv4', address: '192.0.2.1', port: 7 })).toBeNull();
});

test.each([
  ['an address that is none', { kind: 'mapped-address', endpoint: { family: 'IPv4', address: '1.2.3', port: 1 } }],
  ['a port that is none', { kind: 'mapped-address', endpoint: { family: 'IPv4', address: '1.2.3.4', port: 65_536 } }],
  [
    'an IPv6 address with a zone',
    { kind: 'mapped-address', endpoint: { family: 'IPv6', address: 'fe80::1%a', port: 1 } },
  ],
  ['an error code that is none', { kind: 'error-code', code: 200, reason: '' }],
  ['a user name that is too long', { kind: 'username', text: 'x'.repeat(509) }],
] as const)('%s is not written', (_, wrong) => {
  const given = {
    class: 'request',
    method: STUN_BINDING,
    transactionId: new Uint8Array(12),
    attributes: [wrong],
  } as const;
  expect(() => encodeStunMessage(given)).toThrow(StunError);
});
