import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLog } from './log.ts';

const HOSTILE = 'x\r\nLOGIN_OK user=admin\u001b[2K\u009b2J\u0085\u2028{"level":30}\u202e\u007f';

function logged(fields: object, sentence: string): string[] {
  const lines: string[] = [];
  createLog({ program: 'cloud' }, { write: (line) => lines.push(line) }).warn(fields, sentence);
  return lines;
}

test('K64: an event is one line, whatever its texts hold, and the texts are read again as they were', () => {
  const lines = logged({ user: HOSTILE, [HOSTILE]: { in: [HOSTILE] } }, HOSTILE);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}\u202e]*\n$/u);
  expect(lines[0]).toContain(String.raw`\r\nLOGIN_OK user=admin\u001b[2K\u009b2J`);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ program: 'cloud', user: HOSTILE, msg: HOSTILE });
});

test('K64, property: no text of any field ends a line or reaches a terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const [line = '', ...more] = logged({ user: text, err: new Error(text) }, 'a login was refused');
      expect(more).toEqual([]);
      expect(line).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}]*\n$/u);
      expect(JSON.parse(line)).toMatchObject({ user: text, msg: 'a login was refused' });
    }),
  );
});
