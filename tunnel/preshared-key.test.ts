import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encapsulateFor, generateSeed, keyPairOf, openEncapsulated } from './key-encapsulation.ts';
import { type PresharedKeyParties, presharedKeyOf } from './preshared-key.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const publicKey = bytes(32).map((key) => Buffer.from(key).toString('base64'));
const parties = fc.record<PresharedKeyParties>({
  sessionId: fc.uuid(),
  clientPublicKey: publicKey,
  gatewayPublicKey: publicKey,
});

test('T1: the derivation is HKDF-SHA256 as it stands here', () => {
  const secret = Uint8Array.from({ length: 32 }, (_, index) => index);
  const named = {
    sessionId: '5f0c7d6e-3f63-4c2a-9d55-0d6f6c7c1a01',
    clientPublicKey: Buffer.alloc(32, 1).toString('base64'),
    gatewayPublicKey: Buffer.alloc(32, 2).toString('base64'),
  };
  // HMAC-SHA256(HMAC-SHA256(32 zeros, secret), "remoteconnect preshared key 1 " | session id | both keys | 0x01), by Python's hmac.
  expect(presharedKeyOf(secret, named)).toBe('ZfhRYWk4qotJVG+0lpAscLzE2VVeUSHmcXdkE17YldA=');
});

test('T1: both ends derive the same key of what the client encapsulated', () => {
  const { encapsulationKey, decapsulationKey } = keyPairOf(generateSeed());
  fc.assert(
    fc.property(parties, (named) => {
      const { encapsulatedKey, secret } = encapsulateFor(encapsulationKey);
      const opened = openEncapsulated(decapsulationKey, encapsulatedKey);
      expect(presharedKeyOf(opened, named)).toBe(presharedKeyOf(secret, named));
    }),
  );
});

test('A2, T1: another secret, session, client or gateway gives another key', () => {
  fc.assert(
    fc.property(bytes(32), parties, bytes(32), parties, (secret, named, otherSecret, other) => {
      const key = presharedKeyOf(secret, named);
      for (const field of ['sessionId', 'clientPublicKey', 'gatewayPublicKey'] as const) {
        fc.pre(named[field] !== other[field]);
        expect(presharedKeyOf(secret, { ...named, [field]: other[field] })).not.toBe(key);
      }
      fc.pre(!Buffer.from(secret).equals(otherSecret));
      expect(presharedKeyOf(otherSecret, named)).not.toBe(key);
      const { clientPublicKey: gatewayPublicKey, gatewayPublicKey: clientPublicKey } = named;
      fc.pre(clientPublicKey !== gatewayPublicKey);
      expect(presharedKeyOf(secret, { ...named, clientPublicKey, gatewayPublicKey })).not.toBe(key);
    }),
  );
});
