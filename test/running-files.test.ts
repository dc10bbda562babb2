import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runningFiles } from './running-files.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'running-files-'));
});

afterEach(() => rm(folder, { recursive: true }));

test('a file that has started and not ended is running', async () => {
  const notes = join(folder, 'notes');
  await writeFile(notes, '+/a.test.ts\n+/b.test.ts\n-/a.test.ts\n');
  expect(runningFiles(notes)).toEqual(['/b.test.ts']);
});

test('without notes nothing is running', () => {
  expect(runningFiles(join(folder, 'missing'))).toEqual([]);
});
