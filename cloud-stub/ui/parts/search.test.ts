import { expect, it } from 'vitest';
import { matchesSearch } from './search.ts';

it('every word has to stand somewhere, in any order and case', () => {
  expect(matchesSearch('FAULT press', ['Press controller', 'fault 17'])).toBe(true);
  expect(matchesSearch('press pump', ['Press controller', 'fault 17'])).toBe(false);
});

it('an empty search finds everything', () => {
  expect(matchesSearch('  ', ['anything'])).toBe(true);
});

it('words do not run from one text into the next', () => {
  expect(matchesSearch('ab', ['a', 'b'])).toBe(false);
});
