import { expect, test } from 'vitest';
import { generateWireguardKeyPair, importPrivateKey, importPublicKey, publicKeyOf } from './keys.ts';

test('T1: a new key pair belongs together, and no two are the same', () => {
  const one = generateWireguardKeyPair();
  expect(publicKeyOf(one.privateKey)).toBe(one.publicKey);
  expect(generateWireguardKeyPair().privateKey).not.toBe(one.privateKey);
});

test.each(['', 'AAAA', 'x'.repeat(44), `${Buffer.alloc(32).toString('base64')} `])('"%s" is not a key', (text) => {
  expect(() => importPrivateKey(text)).toThrow(RangeError);
  expect(() => importPublicKey(text)).toThrow(RangeError);
  expect(() => publicKeyOf(text)).toThrow(RangeError);
});
