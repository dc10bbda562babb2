import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import { ImageError } from './errors.ts';

export type CommandOptions = {
  cwd?: string | undefined;
  env?: Record<string, string | undefined>;
  /** Standard output and error go here instead of into the answer. */
  logFile?: string;
  signal?: AbortSignal | undefined;
};

const TAIL_LINES = 25;
const PACKAGE_OF: Record<string, string> = {
  'qemu-img': 'qemu-utils',
  'mkfs.fat': 'dosfstools',
  mcopy: 'mtools',
  bmaptool: 'bmap-tools',
  blkdiscard: 'util-linux',
  blockdev: 'util-linux',
  lsblk: 'util-linux',
};

/**
 * Runs one program to its end and gives what it printed. A failure tells the last lines of the output.
 * @throws ImageError missing-tool, command-failed; AbortError once the program that was stopped is gone
 */
export async function runCommand(program: string, argv: string[], options: CommandOptions = {}): Promise<string> {
  if (options.logFile) await mkdir(dirname(options.logFile), { recursive: true });
  const child = spawn(program, argv, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: options.signal,
    killSignal: 'SIGKILL',
  });
  const log = options.logFile ? createWriteStream(options.logFile) : undefined;
  let output = '';
  let all = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      log?.write(text);
      all = log ? (all + text).slice(-16_384) : all + text;
      if (stream === child.stdout && !log) output += text;
    });
  }
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      // Its end is still to come, and what it writes until then is in nobody's way.
      if (error.name === 'AbortError') return;
      const missing = `${program} is missing (Debian package ${PACKAGE_OF[program] ?? program}).`;
      reject(error.code === 'ENOENT' ? new ImageError('missing-tool', missing) : error);
    });
    child.once('close', resolve);
  });
  options.signal?.throwIfAborted();
  if (log) await finished(log.end());
  if (status === 0) return output;
  const lines = all.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  const where = options.logFile ? `\nThe whole log: ${options.logFile}` : '';
  throw new ImageError('command-failed', `${program} ${argv[0] ?? ''} failed (status ${status}):\n${lines}${where}`);
}
