import { expect, test } from 'vitest';
import { encapsulateFor, generateSeed, keyPairOf, openEncapsulated } from './key-encapsulation.ts';

test('T1: the owner of the key opens the secret that was made for it, also from its seed', () => {
  const seed = generateSeed();
  const { encapsulationKey } = keyPairOf(seed);
  const { encapsulatedKey, secret } = encapsulateFor(encapsulationKey);
  expect(openEncapsulated(keyPairOf(seed).decapsulationKey, encapsulatedKey)).toEqual(secret);
  expect(secret).toHaveLength(32);
});

test('T1: each encapsulation makes another secret, and each key pair is another one', () => {
  const { encapsulationKey } = keyPairOf(generateSeed());
  expect(encapsulateFor(encapsulationKey).secret).not.toEqual(encapsulateFor(encapsulationKey).secret);
  expect(keyPairOf(generateSeed()).encapsulationKey).not.toBe(encapsulationKey);
});

test('T1: what was made for another key, or changed on its way, gives another secret and no error', () => {
  const [own, other] = [keyPairOf(generateSeed()), keyPairOf(generateSeed())];
  const { encapsulatedKey, secret } = encapsulateFor(own.encapsulationKey);
  const changed = Buffer.from(encapsulatedKey, 'base64');
  changed.writeUInt8(changed.readUInt8(0) ^ 1, 0);
  expect(openEncapsulated(other.decapsulationKey, encapsulatedKey)).not.toEqual(secret);
  expect(openEncapsulated(own.decapsulationKey, changed.toString('base64'))).not.toEqual(secret);
});

test.each(['', 'AAAA', Buffer.alloc(63).toString('base64'), ` ${generateSeed()}`])('"%s" is no seed', (text) => {
  expect(() => keyPairOf(text)).toThrow(RangeError);
});

test('bytes that are no encapsulation key are refused', () => {
  expect(() => encapsulateFor(Buffer.alloc(1184, 0xff).toString('base64'))).toThrow(RangeError);
  expect(() => encapsulateFor('AAAA')).toThrow(RangeError);
});
