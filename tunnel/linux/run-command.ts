/**
 * Runs a system program to its end. Secrets go to its standard input, never into its arguments.
 */
import { spawn } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';

export interface CommandOptions {
  readonly input?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const OUTPUT_LIMIT_CHARACTERS = 16 * 1024 * 1024;

/** Fixed, so that a user's environment decides neither which program runs nor in which language it answers. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/** open(2): a file without a name. node:fs does not name the flag; the value is the same on every architecture. */
const O_TMPFILE = constants.O_DIRECTORY | 0o20000000;
const IN_MEMORY = '/dev/shm';

export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly command: string;
  readonly stderr: string;

  constructor(command: string, problem: string, stderr: string, cause: unknown) {
    super(`${command}: ${problem}`, { cause });
    this.command = command;
    this.stderr = stderr;
  }
}

/**
 * @returns what the program wrote to its standard output
 * @throws CommandError when it cannot start, fails, or takes longer than `timeoutMs`
 */
export async function runCommand(file: string, argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { input, signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const command = [file, ...argv].join(' ');
  const standardInput = input === undefined ? null : openWithContent(input);
  try {
    const ended = await run(file, argv, standardInput, timeoutMs, signal);
    if (ended.status === 0) return ended.stdout;
    throw new CommandError(command, describe(ended, timeoutMs), ended.stderr, ended.error);
  } finally {
    if (standardInput !== null) closeSync(standardInput);
  }
}

interface Ended {
  readonly status: number | null;
  readonly killedBy: NodeJS.Signals | null;
  readonly error: (Error & { readonly code?: unknown }) | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  file: string,
  argv: readonly string[],
  standardInput: number | null,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Ended> {
  return new Promise((resolve) => {
    let error: Error | null = null;
    const child = spawn(file, argv, {
      env: ENVIRONMENT,
      stdio: [standardInput ?? 'ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      ...(signal === undefined ? {} : { signal }),
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
        if (output[name].length > OUTPUT_LIMIT_CHARACTERS) child.kill('SIGKILL');
      });
    }
    child.once('error', (problem) => {
      error = problem;
    });
    child.once('close', (status, killedBy) => resolve({ status, killedBy, error, ...output }));
  });
}

/**
 * wg(8) and nft(8) open `/dev/stdin` by its name, which fails on the socket that Node makes for a pipe. This is a file
 * in memory, without a name: nobody else can open it, and it is gone with its last descriptor.
 */
function openWithContent(content: string): number {
  const descriptor = openSync(IN_MEMORY, O_TMPFILE | constants.O_RDWR, 0o600);
  const bytes = Buffer.from(content);
  // Written by position: the program reads from the start.
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(descriptor, bytes, written, bytes.length - written, written);
  }
  return descriptor;
}

function describe({ error, status, killedBy, stderr }: Ended, timeoutMs: number): string {
  if (error?.code === 'ENOENT') return 'the program is not installed';
  if (error?.name === 'AbortError') return 'it was stopped';
  if (killedBy === 'SIGKILL') return `no end within ${timeoutMs} ms`;
  return stderr.trim().split('\n').slice(0, 5).join('; ') || error?.message || `it ended with status ${status}`;
}
