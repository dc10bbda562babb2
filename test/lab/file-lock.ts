import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/**
 * Does `work` while nobody else holds the lock of this file, in whatever namespace he runs. The lock (flock(1)) belongs to a child
 * that ends with its standard input: a killed holder locks nobody out.
 * @throws Error when flock(1) cannot be run; what `work` throws
 */
export async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const holder = spawn('flock', ['--exclusive', file, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => holder.once('close', () => resolve()));
  await untilHeld(holder);
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}

function untilHeld(holder: ChildProcessByStdio<Writable, Readable, null>): Promise<void> {
  return new Promise((resolve, reject) => {
    holder.once('error', reject);
    holder.once('exit', (code) => reject(new Error(`flock(1) ended with status ${code}.`)));
    holder.stdout.once('data', () => resolve());
  });
}
