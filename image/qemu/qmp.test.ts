import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ImageError } from '../errors.ts';
import { parseQmpLine } from './qmp.ts';

describe('messages of QEMU', () => {
  test.each([
    ['{"QMP": {"version": {}, "capabilities": ["oob"]}}', { kind: 'greeting' }],
    ['{"return": {}}', { kind: 'done', text: '' }],
    ['{"return": "Error: no disk\\r\\n"}', { kind: 'done', text: 'Error: no disk\r\n' }],
    ['{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "POWERDOWN"}', { kind: 'event', event: 'POWERDOWN' }],
    [
      '{"error": {"class": "CommandNotFound", "desc": "no such command"}}',
      { kind: 'refused', problem: 'CommandNotFound: no such command' },
    ],
  ])('%s', (line, message) => {
    expect(parseQmpLine(line)).toEqual(message);
  });

  test('any other line is refused with the error of this part', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        try {
          parseQmpLine(line);
        } catch (error) {
          expect(error).toBeInstanceOf(ImageError);
        }
      }),
    );
  });
});
