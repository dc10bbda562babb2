/**
 * The programs of one test, each inside a namespace: what they print is kept with the time that it came, and all of them
 * end with the test.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath, kill } from 'node:process';
import { SupervisedProcess } from '../../lab/supervised-process.ts';
import { until } from '../../lab/until.ts';

export interface Line {
  readonly text: string;
  /** performance.now() of this process. */
  readonly at: number;
}

export interface ProgramOptions {
  readonly name: string;
  readonly namespace: string;
  /** Relative to this folder. */
  readonly file: string;
  /** Its arguments, or the settings that it reads from a file. */
  readonly input: readonly string[] | Readonly<Record<string, unknown>>;
}

export class Program {
  readonly name: string;
  readonly lines: Line[] = [];
  #process: SupervisedProcess | null = null;

  constructor(name: string) {
    this.name = name;
  }

  async start(namespace: string, argv: readonly string[], logDirectory: string): Promise<void> {
    this.#process = await SupervisedProcess.start({
      name: this.name,
      command: 'ip',
      argv: ['netns', 'exec', namespace, ...argv],
      // Some dozens of processes start from the same few files.
      environment: { NODE_COMPILE_CACHE: join(logDirectory, '../compile-cache') },
      readyWhen: /^ready/,
      logDirectory,
      onLine: (text) => this.lines.push({ text, at: performance.now() }),
    });
  }

  /** The newest line that matches, from line number `after` on. */
  last(pattern: RegExp, after = 0): Line | undefined {
    return this.lines.slice(after).findLast(({ text }) => pattern.test(text));
  }

  /** Waits for a line that matches, from line number `after` on. */
  untilLine(pattern: RegExp, after = 0, seconds = 30): Promise<Line> {
    return until(`${this.name} says ${pattern}`, () => this.last(pattern, after), seconds);
  }

  signal(signal: NodeJS.Signals): void {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error(`${this.name} does not run`);
    kill(pid, signal);
  }

  killHard(): void {
    this.#process?.killHard();
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }
}

export class Programs {
  readonly directory: string;
  readonly #running = new Set<{ stop(): Promise<void> }>();

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** @param directory for settings and logs, emptied first */
  static async in(directory: string): Promise<Programs> {
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    return new Programs(directory);
  }

  /** Fulfilled once the program has said `ready`. */
  async start({ name, namespace, file, input }: ProgramOptions): Promise<Program> {
    const program = new Program(name);
    this.#running.add(program);
    const argv = [execPath, join(import.meta.dirname, file), ...(await this.#argumentsOf(name, input))];
    await program.start(namespace, argv, this.directory);
    return program;
  }

  /** Something else that is to end with the programs. */
  own(running: { stop(): Promise<void> }): void {
    this.#running.add(running);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running].map((program) => program.stop()));
    this.#running.clear();
  }

  async #argumentsOf(name: string, input: ProgramOptions['input']): Promise<readonly string[]> {
    if (isList(input)) return input;
    const file = join(this.directory, `${name}.json`);
    await writeFile(file, JSON.stringify(input), { mode: 0o600 });
    return [file];
  }
}

function isList(input: ProgramOptions['input']): input is readonly string[] {
  return Array.isArray(input);
}
