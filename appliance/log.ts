import { visibleLines } from '@edgegateway/protocol/visible-json';
import { pino } from 'pino';

/** Plain sentences with fields; never a password, a code or a cookie. */
export interface Log {
  info(fields: object, sentence: string): void;
  warn(fields: object, sentence: string): void;
  error(fields: object, sentence: string): void;
}

/** JSON lines on standard error; the journal takes them. One event is one line, whatever its texts hold. */
export function createLog(target: { write(line: string): unknown } = pino.destination({ dest: 2, sync: true })): Log {
  return pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, visibleLines(target));
}

export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
