/**
 * A PostgreSQL server of Debian's package for the time of a measurement: data in a temporary folder, a unix socket and nothing else.
 * It refuses to run as root, so it runs as the package's user `postgres`.
 */
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { SupervisedProcess } from '../lab/supervised-process.ts';

const PROGRAMS = '/usr/lib/postgresql';
const USER = 'postgres';
const INITIALISATION_MILLISECONDS = 120_000;

export interface PostgresServer {
  /** As `databaseUrl` of the cloud takes it. */
  readonly url: string;
  readonly version: string;
  stop(): Promise<void>;
}

/** @throws Error when the package is not there */
export async function startPostgres(logDirectory: string): Promise<PostgresServer> {
  const version = (await readdir(PROGRAMS).catch(() => [])).toSorted((one, other) => Number(other) - Number(one))[0];
  if (version === undefined) throw new Error(`There is no PostgreSQL in ${PROGRAMS}: install Debian's postgresql.`);
  const program = (name: string) => join(PROGRAMS, version, 'bin', name);
  const folder = await mkdtemp(join(tmpdir(), 'bench-postgres-'));
  const [uid, gid] = [await runCommand('id', ['-u', USER]), await runCommand('id', ['-g', USER])].map(Number);
  await chown(folder, uid ?? 0, gid ?? 0);
  const data = join(folder, 'data');
  try {
    const asUser = ['-u', USER, '--'];
    const initdb = [program('initdb'), '-D', data, '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8'];
    await runCommand('runuser', [...asUser, ...initdb], { timeoutMs: INITIALISATION_MILLISECONDS });
    const server = await SupervisedProcess.start({
      name: 'postgres',
      command: 'setpriv',
      argv: [
        ...[`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', program('postgres'), '-D', data, '-k', folder],
        ...['-c', 'listen_addresses='],
      ],
      readyWhen: /ready to accept connections/,
      logDirectory,
    });
    return {
      url: `postgres://${USER}@${encodeURIComponent(folder)}/${USER}`,
      version,
      stop: async () => {
        await server.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
