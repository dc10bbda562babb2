import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, realpath, rm, symlink, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { linkLibraries, postgresCommand } from './postgres-programs.ts';

let libraries: string;
beforeEach(async () => {
  libraries = await mkdtemp(join(tmpdir(), 'libraries:'));
});
afterEach(() => rm(libraries, { recursive: true }));

const frame = (isRoot: boolean) => ({ libraries, deathSignal: 'KILL', isRoot }) as const;

test('the programs find their libraries, in a folder of any name', async () => {
  await linkLibraries(libraries);
  for (const program of ['initdb', 'postgres'] as const) {
    const { command, argv, ...options } = postgresCommand(program, ['--version'], frame(false));
    expect(execFileSync(command, argv, { ...options, encoding: 'utf8' })).toContain('(PostgreSQL) 18.');
  }
});

test('two processes that link the libraries at once leave all links whole and nothing else', async () => {
  await Promise.all([linkLibraries(libraries), linkLibraries(libraries)]);
  const names = await readdir(libraries);
  expect(names).toContain('libpq.so.5');
  expect(names.filter((name) => !/^lib[\w-]+\.so(\.\d+)*$/.test(name))).toEqual([]);
  await Promise.all(names.map((name) => realpath(join(libraries, name))));
});

test('a link to where the package lay before is replaced', async () => {
  await linkLibraries(libraries);
  const link = join(libraries, 'libpq.so.5');
  const target = await realpath(link);
  await unlink(link);
  await symlink('/nowhere/libpq.so.5', link);
  await linkLibraries(libraries);
  expect(await realpath(link)).toBe(target);
});

test('a program dies with its owner, and takes root for another user', () => {
  const asRoot = postgresCommand('postgres', ['-D', '/data'], frame(true));
  expect(asRoot.command).toBe('unshare');
  expect(asRoot.argv.join(' ')).toMatch(/--map-user=1000 .* setpriv --pdeathsig KILL -- \S+\/postgres -D \/data$/);
  const asUser = postgresCommand('postgres', ['-D', '/data'], frame(false));
  expect(asUser.command).toBe('setpriv');
});
