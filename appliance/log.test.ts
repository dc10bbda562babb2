import { expect, test } from 'vitest';
import { createLog } from './log.ts';

test('K64: an event is one line, whatever its texts hold, and the texts are read again as they were', () => {
  const hostile = 'x\r\nLOGIN_OK user=admin\u001b[2K\u009b2J\u2028\u202e';
  const lines: string[] = [];
  createLog({ write: (line) => lines.push(line) }).error({ problem: hostile }, hostile);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}\u202e]*\n$/u);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ problem: hostile, msg: hostile });
});
