/** C7: the program an auditor runs, as a process of its own. */
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { execPath } from 'node:process';
import { afterAll, expect, test } from 'vitest';
import { chainOf, exportLines } from './testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'audit-verify-'));
afterAll(() => rmSync(folder, { recursive: true }));

const KEYS = generateKeyPairSync('ed25519');
const CHAIN = chainOf(['one', 'two', 'three'].map((action) => ({ actor: 'cloud', origin: null, action, details: {} })));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function verify(...argv: readonly string[]): { code: number | null; told: string; wrong: string } {
  const program = join(import.meta.dirname, 'verify-main.ts');
  const { status, stdout, stderr } = spawnSync(execPath, [program, ...argv], { encoding: 'utf8' });
  return { code: status, told: stdout, wrong: stderr };
}

test('C7: a right file is verified with the key, and the exit code is 0', () => {
  const file = write('log.csv', exportLines('csv', CHAIN, { key: KEYS.privateKey }).join(''));
  const key = write('key.pem', String(KEYS.publicKey.export({ type: 'spki', format: 'pem' })));
  const { code, told, wrong } = verify(file, '--key', key);
  expect([code, wrong]).toEqual([0, '']);
  expect(told).toContain('3 entries');
  expect(told).toContain('The signature is right');
}, 60_000);

test('C7: a wrong one is named with its first wrong entry, and the exit code is 1', () => {
  const text = exportLines('jsonl', CHAIN).join('').replace('"two"', '"tow"');
  const { code, told } = verify(write('log.jsonl', text));
  expect(code).toBe(1);
  expect(told).toContain('NOT VERIFIED. Entry 2, line 3: The entry does not fit its own hash: it was changed.');
}, 60_000);

test.each([[['/no/such/file']], [[]], [['a', 'b']]])(
  'with %j the exit code is 2 and a sentence says why',
  (argv) => {
    const { code, wrong } = verify(...argv);
    expect(code).toBe(2);
    expect(wrong).not.toBe('');
  },
  60_000,
);

test('C7: the verification needs nothing but the standard library and files of this project', () => {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/^import (?!type )[^;]*? from '([^']+)';/gm)) {
      if (name.startsWith('.')) visit(resolve(dirname(file), name));
      else expect([file, isBuiltin(name)]).toEqual([file, true]);
    }
  };
  visit(join(import.meta.dirname, 'verify-main.ts'));
  const own = readdirSync(import.meta.dirname).filter((name) => !/^write-|test/.test(name));
  expect([...seen].map((file) => file.split('/').at(-1))).toEqual(expect.arrayContaining(own));
});
