import { open, readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from '../errors.ts';
import type { Log } from '../progress.ts';

const POLL_MILLISECONDS = 500;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** One build at a time on this machine: two clones share the cache. A lock of a dead process is taken over. */
export async function withLock<T>(path: string, log: Log, signal: AbortSignal | undefined, work: () => Promise<T>) {
  let told = false;
  for (;;) {
    try {
      const file = await open(path, 'wx');
      await file.writeFile(`${process.pid}\n`);
      await file.close();
      break;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    const holder = Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10);
    if (Number.isInteger(holder) && !isAlive(holder)) {
      await rm(path, { force: true });
      continue;
    }
    if (!told) log(`waiting for another build of the image (process ${holder})`);
    told = true;
    await delay(POLL_MILLISECONDS, undefined, { signal });
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}
