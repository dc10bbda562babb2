import { expect, test } from 'vitest';
import { Passwords } from './passwords.ts';

test('K36: a password set with composed letters opens with decomposed ones, and blanks count', async () => {
  const passwords = await Passwords.create();
  const hashed = await passwords.hash('Schl\u00fcssel zum Werk ');
  expect(await passwords.matches(hashed, 'Schlu\u0308ssel zum Werk ')).toBe(true);
  expect(await passwords.matches(hashed, 'Schl\u00fcssel zum Werk')).toBe(false);
});

test('where there is no user no password matches', async () => {
  const passwords = await Passwords.create();
  expect(await passwords.matches(null, 'anything at all')).toBe(false);
});
