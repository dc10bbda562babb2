/** Program: `node backup-main.ts backup|restore --config FILE --file FILE`. For the embedded store, with the cloud stopped. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { readCloudConfiguration } from '../configuration.ts';
import { backUp, restore } from './backup.ts';

async function main(): Promise<string> {
  const options = { config: { type: 'string' }, file: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [task] = positionals;
  if (values.config === undefined || values.file === undefined || (task !== 'backup' && task !== 'restore'))
    throw new Error('Usage: node backup-main.ts backup|restore --config FILE --file FILE');
  const { dataDirectory, databaseUrl } = readCloudConfiguration(values.config, process.env);
  if (databaseUrl !== undefined)
    throw new Error('This cloud names a PostgreSQL of its own: take pg_dump and pg_restore (docs/operators.md).');
  if (task === 'backup') {
    await backUp(dataDirectory, values.file);
    return `The store is backed up in ${values.file}.`;
  }
  const { entries, firstBroken } = await restore(dataDirectory, values.file);
  if (firstBroken !== null)
    throw new Error(`The store is restored, but entry ${firstBroken} of its audit log does not continue the chain.`);
  return `The store is restored. Its audit log has ${entries} entries in one unbroken chain.`;
}

try {
  process.stdout.write(`${await main()}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
