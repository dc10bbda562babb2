/**
 * Program for tests: `node testing-owner.ts DATA_DIRECTORY`. Opens the store there and appends to its audit log without
 * end; prints the number of each entry once it is confirmed.
 */
import process from 'node:process';
import { appendAudit } from '../audit-log.ts';
import { openStore } from '../open-store.ts';

const [, , dataDirectory] = process.argv;
if (dataDirectory === undefined) throw new Error('Usage: node testing-owner.ts DATA_DIRECTORY');
const store = await openStore({ dataDirectory });
for (let entry = 1; ; entry += 1) {
  await store.write((writer) =>
    appendAudit(writer, { at: '2026-01-01T00:00:00.000Z', actor: 'cloud', action: 'one-of-many' }),
  );
  process.stdout.write(`${entry}\n`);
}
