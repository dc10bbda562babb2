/**
 * Program: `node verify-main.ts FILE [--key PEM]`. Checks an export of the audit log (CSV or JSON Lines) without the cloud. Exit
 * code 0: verified; 1: not; 2: the file cannot be read. Standard library only, so that a checkout and Node are enough.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { readExport } from './read-export.ts';
import { reportText } from './report-text.ts';
import { ExportVerifier } from './verify-export.ts';

const NOT_VERIFIED = 1;
const NOT_READ = 2;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: { key: { type: 'string' } }, allowPositionals: true });
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0)
    throw new Error('Usage: npm run audit:verify -- FILE [--key PUBLIC-KEY.pem]');
  const verifier = new ExportVerifier(values.key === undefined ? null : readKey(values.key));
  for await (const item of readExport(createReadStream(file, 'utf8'))) if (!verifier.take(item)) break;
  const report = verifier.report();
  process.stdout.write(`${reportText(file, report)}\n`);
  return report.problem === null ? 0 : NOT_VERIFIED;
}

function readKey(file: string): KeyObject {
  try {
    return createPublicKey(readFileSync(file));
  } catch (cause) {
    throw new Error(`${file} is not a public key in PEM form.`, { cause });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = NOT_READ;
}
