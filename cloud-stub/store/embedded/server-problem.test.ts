import { expect, test } from 'vitest';
import { serverProblem } from './server-problem.ts';

test.each([
  ['FATAL:  could not write to file "pg_wal/xlogtemp.7": No space left on device', 'disk-full'],
  ['initdb: error: could not create directory "/x/base": Permission denied', 'store-not-writable'],
  ['DETAIL:  The data directory was initialized by PostgreSQL version 17.', 'store-of-other-version'],
  ['FATAL:  something that nobody has seen before', 'store-not-started'],
])('%s', (line, code) => {
  const problem = serverProblem('The database ended.', ['LOG:  starting', line], 'store-not-started');
  expect(problem.code).toBe(code);
  expect(problem.message).toContain(line);
});
