/**
 * A child process of the laboratory: its output goes to a file, it is started again when it dies by itself,
 * and it ends with the laboratory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface ProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly argv: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A line of its output that says it is ready. */
  readonly readyWhen: RegExp;
  /** A minute where it is not given. */
  readonly readySeconds?: number;
  readonly logDirectory: string;
  /** Start it again when it ends by itself after it was ready once, as a service manager would. */
  readonly restart?: boolean;
  readonly onLine?: (line: string) => void;
}

const RESTART_MILLISECONDS = 300;
const READY_SECONDS = 60;
const STOP_SECONDS = 10;

export class SupervisedProcess {
  readonly #options: ProcessOptions;
  readonly #log: WriteStream;
  #child: ChildProcess | null = null;
  #restartTimer: NodeJS.Timeout | null = null;
  #stopping = false;
  #wasReady = false;
  #lastLines: string[] = [];
  #ready = newReadiness();

  private constructor(options: ProcessOptions) {
    this.#options = options;
    this.#log = createWriteStream(join(options.logDirectory, `${options.name}.log`), { flags: 'a' });
  }

  /**
   * Fulfilled once the process has printed its ready line.
   * @throws Error with its last lines when it ends or stays silent instead
   */
  static async start(options: ProcessOptions): Promise<SupervisedProcess> {
    const supervised = new SupervisedProcess(options);
    supervised.#spawn();
    try {
      await supervised.untilReady();
    } catch (error) {
      await supervised.stop();
      throw error;
    }
    return supervised;
  }

  /** True once it has ended and is not started again. */
  get hasEnded(): boolean {
    const child = this.#child;
    return child !== null && (child.exitCode !== null || child.signalCode !== null) && this.#options.restart !== true;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Fulfilled when the process that runs now has said that it is ready. */
  async untilReady(): Promise<void> {
    const seconds = this.#options.readySeconds ?? READY_SECONDS;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(this.#problem(`was not ready within ${seconds} s`)), seconds * 1000);
    });
    try {
      await Promise.race([this.#ready.promise, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends it as a crash would; the supervisor starts it again where `restart` is set. */
  killHard(): void {
    this.#ready = newReadiness();
    this.#child?.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#restartTimer !== null) clearTimeout(this.#restartTimer);
    const child = this.#child;
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), STOP_SECONDS * 1000);
      await ended;
      clearTimeout(hard);
    }
    await new Promise<void>((resolve) => this.#log.end(() => resolve()));
  }

  #spawn(): void {
    const { command, argv, environment } = this.#options;
    // A session of its own keeps a terminal's Ctrl-C away from it: only the laboratory ends it, in order.
    const child = spawn(command, argv, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    this.#child = child;
    child.on('error', (error) => this.#ready.reject(this.#problem(`cannot be started: ${error.message}`)));
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => this.#line(line));
    child.on('exit', (code, signal) => this.#exited(signal ?? `code ${code}`));
  }

  #line(line: string): void {
    this.#log.write(`${new Date().toISOString()} ${line}\n`);
    this.#lastLines = [...this.#lastLines.slice(-14), line];
    if (this.#options.readyWhen.test(line)) {
      this.#wasReady = true;
      this.#ready.resolve();
    }
    this.#options.onLine?.(line);
  }

  #exited(how: string): void {
    if (this.#stopping) return;
    if (this.#options.restart !== true || !this.#wasReady) {
      this.#ready.reject(this.#problem(`ended with ${how}`));
      return;
    }
    this.#restartTimer = setTimeout(() => this.#spawn(), RESTART_MILLISECONDS);
  }

  #problem(what: string): Error {
    return new Error(`${this.#options.name} ${what}. Its last lines:\n${this.#lastLines.join('\n')}`);
  }
}

function newReadiness(): PromiseWithResolvers<void> {
  const readiness = Promise.withResolvers<void>();
  // Whoever waits sees the rejection; nobody has to.
  readiness.promise.catch(() => undefined);
  return readiness;
}
