import { expect, test } from 'vitest';
import { CommandError, runCommand } from './run-command.ts';

test('what a program writes is given back', async () => {
  expect(await runCommand('echo', ['hello'])).toBe('hello\n');
});

test('a program that opens /dev/stdin by its name reads the input, however long', async () => {
  const input = 'x'.repeat(300_000);
  expect(await runCommand('cat', ['/dev/stdin'], { input })).toBe(input);
  expect(await runCommand('cat', ['-'], { input })).toBe(input);
});

test('a program that fails is told with its own words', async () => {
  const failed = runCommand('sh', ['-c', 'echo no such thing >&2; exit 3']);
  await expect(failed).rejects.toThrow('no such thing');
  await expect(failed).rejects.toBeInstanceOf(CommandError);
});

test('a program that is not there is told so', async () => {
  await expect(runCommand('no-such-program', [])).rejects.toThrow('the program is not installed');
});

test('a program that does not end is killed', async () => {
  await expect(runCommand('sleep', ['60'], { timeoutMs: 50 })).rejects.toThrow('no end within 50 ms');
});

test('a program is ended by its signal', async () => {
  const abort = new AbortController();
  const running = runCommand('sleep', ['60'], { signal: abort.signal });
  abort.abort();
  await expect(running).rejects.toThrow('it was stopped');
});

test('an error never tells the input', async () => {
  const error: unknown = await runCommand('false', [], { input: 'a secret' }).catch((problem: unknown) => problem);
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('a secret');
});
