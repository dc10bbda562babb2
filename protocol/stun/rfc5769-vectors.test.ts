import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkMessageIntegrity, decodeStunMessage, encodeStunMessage } from './message.ts';

/** RFC 5769 section 2: octets as the vectors give them, white space for the reader only. */
function octets(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s+/g, ''), 'hex'));
}

const utf8 = (text: string) => new TextEncoder().encode(text);
const SHORT_TERM_KEY = utf8('VOkJxbRl1RmTxUk/WvJxBt');
const TRANSACTION_ID = octets('b7e7a701 bc34d686 fa87dfae');

const REQUEST = octets(`
  00010058 2112a442 b7e7a701 bc34d686 fa87dfae
  80220010 5354554e 20746573 7420636c 69656e74
  00240004 6e0001ff
  80290008 932ff9b1 51263b36
  00060009 6576746a 3a683676 59202020
  00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2
  80280004 e57a3bcf`);

const IPV4_RESPONSE = octets(`
  0101003c 2112a442 b7e7a701 bc34d686 fa87dfae
  8022000b 74657374 20766563 746f7220
  00200008 0001a147 e112a643
  00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7
  80280004 c07d4c96`);

const IPV6_RESPONSE = octets(`
  01010048 2112a442 b7e7a701 bc34d686 fa87dfae
  8022000b 74657374 20766563 746f7220
  00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
  00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41
  80280004 c8fb0b4c`);

const LONG_TERM_REQUEST = octets(`
  00010060 2112a442 78ad3433 c6ad72c0 29da412e
  00060012 e3839ee3 8388e383 aae38383 e382afe3 82b90000
  0015001c 662f2f34 39396b39 35346436 4f4c3334 6f4c3946 53547679 36347341
  0014000b 6578616d 706c652e 6f726700
  00080014 f6702465 6dd64a3e 02b8e071 2e85c9a2 8ca89666`);

test('2.1: the sample request is read, its integrity and its fingerprint are right', () => {
  expect(decodeStunMessage(REQUEST)).toEqual({
    class: 'request',
    method: 1,
    transactionId: TRANSACTION_ID,
    attributes: [
      { kind: 'software', text: 'STUN test client' },
      { kind: 'raw', type: 0x0024, value: octets('6e0001ff') },
      { kind: 'raw', type: 0x8029, value: octets('932ff9b1 51263b36') },
      { kind: 'username', text: 'evtj:h6vY' },
    ],
  });
  expect(checkMessageIntegrity(REQUEST, SHORT_TERM_KEY)).toBe('valid');
});

test('2.2: the sample IPv4 response is read', () => {
  expect(decodeStunMessage(IPV4_RESPONSE)).toEqual({
    class: 'success',
    method: 1,
    transactionId: TRANSACTION_ID,
    attributes: [
      { kind: 'software', text: 'test vector' },
      { kind: 'xor-mapped-address', endpoint: { family: 'IPv4', address: '192.0.2.1', port: 32853 } },
    ],
  });
  expect(checkMessageIntegrity(IPV4_RESPONSE, SHORT_TERM_KEY)).toBe('valid');
});

test('2.3: the sample IPv6 response is read', () => {
  const address = '2001:db8:1234:5678:11:2233:4455:6677';
  expect(decodeStunMessage(IPV6_RESPONSE).attributes).toEqual([
    { kind: 'software', text: 'test vector' },
    { kind: 'xor-mapped-address', endpoint: { family: 'IPv6', address, port: 32853 } },
  ]);
  expect(checkMessageIntegrity(IPV6_RESPONSE, SHORT_TERM_KEY)).toBe('valid');
});

test('2.4: the sample request with long-term authentication is read', () => {
  expect(decodeStunMessage(LONG_TERM_REQUEST).attributes).toEqual([
    { kind: 'username', text: 'マトリックス' },
    { kind: 'nonce', text: 'f//499k954d6OL34oL9FSTvy64sA' },
    { kind: 'realm', text: 'example.org' },
  ]);
  const key = createHash('md5').update('マトリックス:example.org:TheMatrIX').digest();
  expect(checkMessageIntegrity(LONG_TERM_REQUEST, key)).toBe('valid');
  expect(encodeStunMessage(decodeStunMessage(LONG_TERM_REQUEST), { integrityKey: key })).toEqual(LONG_TERM_REQUEST);
});

test.each([
  ['request', REQUEST],
  ['IPv4 response', IPV4_RESPONSE],
  ['IPv6 response', IPV6_RESPONSE],
])('written again, the %s is the same but for what fills its padding', (_, vector) => {
  const written = encodeStunMessage(decodeStunMessage(vector), { integrityKey: SHORT_TERM_KEY, fingerprint: true });
  expect(written).toHaveLength(vector.length);
  expect(decodeStunMessage(written)).toEqual(decodeStunMessage(vector));
  expect(checkMessageIntegrity(written, SHORT_TERM_KEY)).toBe('valid');
});

test.each([
  ['request', REQUEST],
  ['IPv4 response', IPV4_RESPONSE],
  ['IPv6 response', IPV6_RESPONSE],
])('another password does not fit the %s', (_, vector) => {
  expect(checkMessageIntegrity(vector, utf8('VOkJxbRl1RmTxUk/WvJxBT'))).toBe('wrong');
});
