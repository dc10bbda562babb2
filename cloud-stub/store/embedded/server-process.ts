/** One run of PostgreSQL's server on a data folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { StoreError } from '../errors.ts';
import { postgresCommand } from './postgres-programs.ts';
import { serverProblem } from './server-problem.ts';

export interface ServerOptions {
  /** Made by `createDataFolder`. */
  readonly folder: string;
  readonly libraries: string;
  /** Beyond those here (postgresql.conf). */
  readonly settings?: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
}

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  // In the data folder, the server's working directory: however long the path of that is, the socket's is not.
  unix_socket_directories: '.',
  unix_socket_permissions: '0700',
  // When one of its processes is killed the server ends, and is started again as a whole: one way for every crash.
  restart_after_crash: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Not what a statement has done wrong: whoever sent it is told, and it may hold what belongs in no log.
  log_min_messages: 'log',
  log_checkpoints: 'off',
  max_wal_size: '256MB',
};

const READY = 'database system is ready to accept connections';
const LINES_KEPT = 20;
/** "Fast shutdown" writes everything that is in memory to the disk; a slow one needs its time. */
const STOP_MILLISECONDS = 60_000;

export class ServerProcess {
  /** Fulfilled with how it ended. Processes of its own may outlive it for a moment. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
    });
  }

  /**
   * Fulfilled once it serves. To be called on Node's main thread: the server dies with the thread that has started it.
   * @throws StoreError store-not-started, disk-full, store-not-writable, store-of-other-version
   */
  static async start({ folder, libraries, settings, log }: ServerOptions): Promise<ServerProcess> {
    const options = Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const frame = { libraries, deathSignal: 'QUIT' } as const;
    const { command, argv, cwd, env } = postgresCommand('postgres', ['-D', folder, ...options], frame);
    // A session of its own: a terminal's Ctrl-C is for the cloud, which ends its database last.
    const child = spawn(command, argv, { cwd, env, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
    const server = new ServerProcess(child);
    const closed = new Promise((resolve) => child.once('close', resolve));
    let lines: string[] = [];
    const isReady = new Promise<boolean>((resolve) => {
      createInterface({ input: child.stderr }).on('line', (line) => {
        lines = [...lines.slice(1 - LINES_KEPT), line];
        log(line);
        if (line.includes(READY)) resolve(true);
      });
      void server.ended.then(() => resolve(false));
    });
    if (await isReady) return server;
    // By then it has said everything.
    await closed;
    throw serverProblem(`The database in ${folder} ended (${await server.ended}).`, lines, 'store-not-started');
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** @throws StoreError store-in-use when it does not end */
  async stop(): Promise<void> {
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
      this.#child.kill(signal);
      if (await this.#endsWithin(STOP_MILLISECONDS)) return;
    }
    throw new StoreError('store-in-use', `PostgreSQL, process ${this.pid}, does not end.`);
  }

  async #endsWithin(milliseconds: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), milliseconds);
    });
    try {
      return await Promise.race([this.ended.then(() => true), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
