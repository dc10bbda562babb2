import { expect, test } from 'vitest';
import { shownOnConsole } from './shown-on-console.ts';

const half = (pair: string): string => Array.from({ length: 16 }, () => pair).join(':');
const page = (pair: string, code: string): string =>
  `\u001B[2J\u001B[H\r\nSHA-256 fingerprint: ${half(pair)}:\r\n                     ${half(pair)}\r\n\r\nOne-time code: ${code}\r\n`;

test('a page without code and fingerprint shows nothing yet', () => {
  expect(shownOnConsole('edgeGateway 1.0.0\r\nAMS: startet / starting\r\n')).toBeUndefined();
});

test('the fingerprint is put together again from its two lines', () => {
  expect(shownOnConsole(page('AB', 'AAAA-BBBB-CCCC'))).toEqual({
    oneTimeCode: 'AAAA-BBBB-CCCC',
    fingerprint: `${half('AB')}:${half('AB')}`,
  });
});

test('the last page counts', () => {
  expect(shownOnConsole(page('AB', 'AAAA-BBBB-CCCC') + page('CD', 'DDDD-EEEE-FFFF'))).toEqual({
    oneTimeCode: 'DDDD-EEEE-FFFF',
    fingerprint: `${half('CD')}:${half('CD')}`,
  });
});
