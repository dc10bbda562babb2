import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ImageError } from '../errors.ts';

/** Says that it holds the lock, and does so until its standard input ends: when we die, at the latest. */
const HOLD = 'echo held && exec cat';
const TELL_AFTER_MILLISECONDS = 1000;

/**
 * Does `work` while nobody else on this machine holds the lock, in whatever namespace he runs: two clones share the cache. The
 * kernel frees the lock when its holder dies, however that happens (flock(2)).
 * @param waits called when another holds it for longer than a moment
 * @throws AbortError while waiting
 */
export async function withLock<T>(
  path: string,
  waits: () => void,
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
  const notice = setTimeout(waits, TELL_AFTER_MILLISECONDS);
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
  throw new ImageError('command-failed', 'flock(1) ended before it had the lock.');
}

/** With its whole session, because a `flock` that still waits passes no signal on. */
function release(holder: ChildProcess): void {
  if (holder.pid !== undefined && holder.exitCode === null && holder.signalCode === null)
    process.kill(-holder.pid, 'SIGKILL');
}
