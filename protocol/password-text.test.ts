import { expect, test } from 'vitest';
import { passwordText } from './password-text.ts';

test('K36: a password is the same whether its letters are composed or not', () => {
  expect(passwordText('Schlu\u0308ssel')).toBe(passwordText('Schl\u00fcssel'));
});

test('K36: blanks and case count', () => {
  expect(passwordText(' Key ')).toBe(' Key ');
});
