import { expect, it } from 'vitest';
import { localTimeOf, timestampOf } from './local-time.ts';

it('a time goes from the field to the wire and back', () => {
  expect(localTimeOf(timestampOf('2026-11-24T09:30'))).toBe('2026-11-24T09:30');
  expect(timestampOf('2026-11-24T09:30')).toMatch(/^2026-11-2[345]T\d\d:\d0:00\.000Z$/);
});

it('what is no time is empty', () => {
  expect([localTimeOf('x'), timestampOf('x'), timestampOf('')]).toEqual(['', '', '']);
});
