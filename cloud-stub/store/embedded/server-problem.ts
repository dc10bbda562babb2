import { StoreError, type StoreErrorCode } from '../errors.ts';

const LINES_SHOWN = 6;

const KNOWN: readonly { sign: RegExp; code: StoreErrorCode }[] = [
  { sign: /No space left on device|Disk quota exceeded/, code: 'disk-full' },
  { sign: /Permission denied|Read-only file system/, code: 'store-not-writable' },
  { sign: /initialized by PostgreSQL version/, code: 'store-of-other-version' },
];

/** What the last lines of a program of PostgreSQL mean; `code` where they mean nothing known. */
export function serverProblem(problem: string, lines: readonly string[], code: StoreErrorCode): StoreError {
  const known = KNOWN.find(({ sign }) => lines.some((line) => sign.test(line)));
  const told = lines.filter((line) => line.trim() !== '').slice(-LINES_SHOWN);
  return new StoreError(known?.code ?? code, [`${problem} PostgreSQL says:`, ...told, ''].join('\n'));
}
