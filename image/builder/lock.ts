import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ImageError } from '../errors.ts';
import type { Log } from '../progress.ts';

/** Says that it holds the lock, and does so until its standard input ends: when we die, at the latest. */
const HOLD = 'echo held && exec cat';
const TELL_AFTER_MILLISECONDS = 1000;

/**
 * One build at a time on this machine: two clones share the cache. The kernel frees the lock when its holder dies,
 * however that happens (flock(2)).
 * @throws AbortError while waiting
 */
export async function withLock<T>(
  path: string,
  log: Log,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  // A session of its own: Ctrl-C must not free the lock before the build has ended.
  const holder = spawn('flock', ['--exclusive', path, 'sh', '-c', HOLD], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = once(holder, 'close');
  const notice = setTimeout(() => log('waiting for another build of the image'), TELL_AFTER_MILLISECONDS);
  try {
    await Promise.race([once(holder.stdout, 'data', { signal }), ended.then(refuse)]);
    clearTimeout(notice);
    return await work();
  } finally {
    clearTimeout(notice);
    release(holder);
    await ended;
  }
}

function refuse(): never {
  throw new ImageError('command-failed', 'flock(1) ended before it had the lock of the build.');
}

/** With its whole session, because a `flock` that still waits passes no signal on. */
function release(holder: ChildProcess): void {
  if (holder.pid !== undefined && holder.exitCode === null && holder.signalCode === null)
    process.kill(-holder.pid, 'SIGKILL');
}
