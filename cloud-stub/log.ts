import { visibleLines } from '@edgegateway/protocol/visible-json';
import { destination, type Logger, pino } from 'pino';

const STANDARD_ERROR = 2;

/** JSON lines with the fields of `base`; one event is one line, whatever its texts hold. */
export function createLog(
  base: Readonly<Record<string, string>>,
  target: { write(line: string): unknown } = destination(STANDARD_ERROR),
): Logger {
  return pino({ base }, visibleLines(target));
}
