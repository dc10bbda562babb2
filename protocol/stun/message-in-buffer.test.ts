/** node:dgram delivers a Buffer, whose `slice` is a view and not the copy that Uint8Array's is. */
import { expect, test } from 'vitest';
import { checkMessageIntegrity, decodeStunMessage, encodeStunMessage } from './message.ts';

const key = Buffer.from('password');
const message = Buffer.from(
  encodeStunMessage(
    {
      class: 'success',
      method: 1,
      transactionId: Buffer.alloc(12, 7),
      attributes: [{ kind: 'xor-mapped-address', endpoint: { family: 'IPv4', address: '192.0.2.1', port: 32_853 } }],
    },
    { integrityKey: key, fingerprint: true },
  ),
);

test('T3: reading and checking a message in a Buffer leaves its bytes as they are', () => {
  const received = Buffer.from(message);
  expect(decodeStunMessage(received).attributes).toEqual([
    { kind: 'xor-mapped-address', endpoint: { family: 'IPv4', address: '192.0.2.1', port: 32_853 } },
  ]);
  expect(checkMessageIntegrity(received, key)).toBe('valid');
  expect(received.equals(message)).toBe(true);
});

test('T3: what was read from a Buffer stays when the Buffer is used again', () => {
  const received = Buffer.from(message);
  const { transactionId } = decodeStunMessage(received);
  received.fill(0);
  expect([...transactionId]).toEqual(Array<number>(12).fill(7));
});
