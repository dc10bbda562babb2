import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Log } from '../log.ts';
import { Screens } from './screens.ts';

let folder: string;
let lines: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgegateway-screens-'));
  lines = [];
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const note = (_fields: object, sentence: string): void => void lines.push(sentence);
const log: Log = { info: note, warn: note, error: note };

test('a screen gets the page once, with carriage returns, until the page changes', async () => {
  const screen = join(folder, 'tty');
  await writeFile(screen, '');
  const screens = new Screens([screen], log);

  await screens.show('one\ntwo');
  expect(await readFile(screen, 'utf8')).toBe('\u001B[2J\u001B[H\r\none\r\ntwo\r\n');

  await writeFile(screen, 'kernel');
  await screens.show('one\ntwo');
  expect(await readFile(screen, 'utf8')).toBe('kernel');
  await screens.show('three');
  expect(await readFile(screen, 'utf8')).toContain('three');
});

test('a screen that refuses is told once, keeps no other waiting, and gets the page when it takes it', async () => {
  const [good, late] = [join(folder, 'good'), join(folder, 'late')];
  await writeFile(good, '');
  const screens = new Screens([late, good], log);

  await screens.show('page');
  await screens.show('page');
  expect(await readFile(good, 'utf8')).toContain('page');
  expect(lines).toEqual(['a screen cannot be written']);

  await writeFile(late, '');
  await screens.show('page');
  expect(await readFile(late, 'utf8')).toContain('page');
  expect(lines).toEqual(['a screen cannot be written', 'a screen can be written again']);
});
