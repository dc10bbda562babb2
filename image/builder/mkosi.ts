/**
 * mkosi of Debian 13. It is pure Python, so its package is unpacked into the cache and runs on an older host;
 * what it starts comes from the tools tree.
 */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageError } from '../errors.ts';
import { type Log, timed } from '../progress.ts';
import { type CommandOptions, runCommand } from '../run-command.ts';

/** The system's Python: another one in front of it on PATH may be anything. */
const PYTHON = '/usr/bin/python3';

/** A process namespace that dies with us: mkosi would go on after `kill -9`, and write into the next build's folders. */
const DIES_WITH_US = '--pdeathsig KILL unshare --pid --fork --kill-child=KILL --mount --mount-proc'.split(' ');

export type Mkosi = {
  version: string;
  run(directory: string, argv: string[], options: CommandOptions): Promise<void>;
};

async function findUnpacked(directory: string): Promise<string | undefined> {
  const names = await readdir(directory).catch(() => []);
  return names.find((name) => name.startsWith('mkosi_'));
}

async function download(directory: string, sandboxTree: string, signal?: AbortSignal): Promise<string> {
  const work = join(directory, 'download');
  await rm(work, { recursive: true, force: true });
  for (const name of ['lists/partial', 'cache/archives/partial', 'deb', 'root']) {
    await mkdir(join(work, name), { recursive: true });
  }
  // An apt of its own: the host's package lists and sources stay as they are.
  const settings = [
    'Dir::Etc::sourcelist=/dev/null',
    `Dir::Etc::sourceparts=${join(sandboxTree, 'etc/apt/sources.list.d')}`,
    `Dir::State::lists=${join(work, 'lists')}`,
    `Dir::Cache=${join(work, 'cache')}`,
    'APT::Sandbox::User=root',
  ].flatMap((setting) => ['-o', setting]);
  const options = { cwd: join(work, 'deb'), signal };
  await runCommand('apt-get', [...settings, '-q', 'update'], options);
  await runCommand('apt-get', [...settings, '-q', 'download', 'mkosi'], options);
  const [file] = await readdir(join(work, 'deb'));
  if (!file) throw new ImageError('command-failed', 'apt-get download mkosi gave no file.');
  await runCommand('dpkg-deb', ['-x', join(work, 'deb', file), join(work, 'root')], { signal });
  const name = file.replace(/_all\.deb$/, '');
  await rename(join(work, 'root'), join(directory, name));
  await rm(work, { recursive: true, force: true });
  return name;
}

interface MkosiOptions {
  cache: string;
  sandboxTree: string;
  requireArchive: () => Promise<void>;
  log: Log;
  signal?: AbortSignal | undefined;
}

async function fetchMkosi(directory: string, options: MkosiOptions): Promise<string> {
  await options.requireArchive();
  return timed(options.log, 'fetching mkosi', () => download(directory, options.sandboxTree, options.signal));
}

export async function getMkosi(options: MkosiOptions): Promise<Mkosi> {
  const directory = join(options.cache, 'mkosi');
  await mkdir(directory, { recursive: true });
  const name = (await findUnpacked(directory)) ?? (await fetchMkosi(directory, options));
  const library = join(directory, name, 'usr/lib/python3/dist-packages');
  return {
    version: name,
    async run(project, argv, commandOptions) {
      await runCommand('setpriv', [...DIES_WITH_US, PYTHON, '-m', 'mkosi', ...argv], {
        ...commandOptions,
        cwd: project,
        env: { PYTHONPATH: library, PYTHONDONTWRITEBYTECODE: '1', ...commandOptions.env },
      });
    },
  };
}
