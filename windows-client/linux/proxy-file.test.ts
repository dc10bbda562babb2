import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ClientError } from '../core/errors.ts';
import { readProxyFile } from './proxy-file.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'proxy-file-'));
});

afterAll(() => rm(directory, { recursive: true }));

async function written(text: string, mode = 0o600): Promise<string> {
  const file = join(directory, 'proxy');
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}

function problemOf(file: string): ClientError {
  try {
    readProxyFile(file);
  } catch (error) {
    if (error instanceof ClientError) return error;
  }
  throw new Error('it was accepted');
}

test('a proxy is read from a file that only its owner can read', async () => {
  const credentials = { user: 'anna', password: 'secret word' };
  const file = await written('http://anna:secret%20word@proxy.example:3128');
  expect(readProxyFile(file)).toEqual({ url: 'http://proxy.example:3128/', credentials });
  const json = await written(JSON.stringify({ url: 'http://proxy.example:3128', credentials }), 0o400);
  expect(readProxyFile(json)).toEqual({ url: 'http://proxy.example:3128', credentials });
});

test.each([0o640, 0o604, 0o660, 0o610])(
  'a file of mode %o is refused: others could read or change it',
  async (mode) => {
    expect(problemOf(await written('http://proxy.example:3128', mode)).code).toBe('proxy-file-exposed');
  },
);

test('a file that names no proxy is refused, and its content is not told', async () => {
  const problem = problemOf(await written('ftp://anna:secretword@proxy.example'));
  expect(problem.code).toBe('proxy-file-invalid');
  expect(problem.message).not.toContain('secretword');
});

test('a file that is not there is refused', () => {
  expect(problemOf(join(directory, 'none')).code).toBe('proxy-file-unreadable');
});
