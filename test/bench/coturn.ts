import { SupervisedProcess } from '../lab/supervised-process.ts';

/** Whatever the host's own configuration says: no file, no console, no database but an empty one of this run. */
const ON_ITS_OWN = ['-n', '--no-cli', '--no-dtls', '--log-file', 'stdout', '--simple-log', '--no-software-attribute'];

export interface CoturnOptions {
  readonly namespace: string;
  readonly address: string;
  readonly directory: string;
  /** What it serves: its arguments (turnserver(1)). */
  readonly argv: readonly string[];
}

/** Starts turnserver(1) with one thread for the traffic, which costs it less than passing work between threads. */
export function startCoturn({ namespace, address, directory, argv }: CoturnOptions): Promise<SupervisedProcess> {
  return SupervisedProcess.start({
    name: 'coturn',
    command: 'ip',
    argv: [
      ...['netns', 'exec', namespace, 'turnserver', ...ON_ITS_OWN, '--relay-threads', '1'],
      ...['--listening-ip', address, '--relay-ip', address],
      ...['--userdb', `${directory}/coturn.db`, '--pidfile', `${directory}/coturn.pid`, ...argv],
    ],
    readyWhen: /SQLite DB connection success/,
    logDirectory: directory,
  });
}
