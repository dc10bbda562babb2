import { expect, test } from 'vitest';
import { PasswordHasher } from './password-hash.ts';

test('K36: a password set with composed letters opens with decomposed ones, and blanks count', async () => {
  const hasher = new PasswordHasher();
  const hashed = await hasher.hash('Schl\u00fcssel zum Werk ');
  expect(await hasher.verify(hashed, 'Schlu\u0308ssel zum Werk ')).toBe(true);
  expect(await hasher.verify(hashed, 'Schl\u00fcssel zum Werk')).toBe(false);
});
