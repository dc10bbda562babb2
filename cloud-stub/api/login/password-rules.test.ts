import { expect, test } from 'vitest';
import { requireGoodPassword } from './password-rules.ts';

const OWNER = { email: 'anna.berger@plant.example', name: 'Anna Berger' };

function problem(password: string): string | null {
  try {
    requireGoodPassword(password, OWNER);
    return null;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'another error';
  }
}

test.each([
  '123456789012',
  'password1234',
  'Password123!',
  'qwertyuiop123',
  'aaaaaaaaaaaaaa',
  'abcdefghijklmn',
  'passwort1234',
])('P4: %s is among what everybody guesses', (password) => {
  expect(problem(password)).toBe('password-common');
});

test.each(['anna.berger@plant.example', 'Anna Berger 2026', 'bergeranna12', 'ANNA.BERGER@PLANT.EXAMPLE1'])(
  'P4: %s is made of what everybody knows of its user',
  (password) => {
    expect(problem(password)).toBe('password-personal');
  },
);

test.each([
  'correct horse battery staple',
  'K7dk3_d93kdk2mQz',
  'Anna mag Regen am Montagmorgen',
  'ß'.repeat(3) + ' Übermut tut selten gut',
])('%s is taken', (password) => {
  expect(problem(password)).toBe(null);
});
