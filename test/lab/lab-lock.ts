/** One laboratory of a name at a time: a file that names the process which owns it. */
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { startTimeOf } from './start-time.ts';

export interface LabLock {
  release(): Promise<void>;
}

/**
 * @throws Error that names the running laboratory's process
 */
export async function acquireLabLock(file: string): Promise<LabLock> {
  const mine = `${file}.${process.pid}`;
  await writeFile(mine, `${process.pid} ${startTimeOf(process.pid)}`, { mode: 0o600 });
  try {
    while (!(await linked(mine, file))) {
      const [pid, startTime] = (await readFile(file, 'utf8').catch(() => '')).split(' ');
      if (startTime !== undefined && startTimeOf(Number(pid)) === startTime) {
        throw new Error(
          `Another "npm start" is running here (process ${pid}). Use that one, or end it with Ctrl-C in its terminal or with "kill ${pid}".`,
        );
      }
      // Its owner died without cleaning up.
      await rm(file, { force: true });
    }
  } finally {
    await rm(mine, { force: true });
  }
  return { release: () => rm(file, { force: true }) };
}

/** A link appears with its content in one step, so that no reader sees a half-written lock. */
async function linked(existing: string, file: string): Promise<boolean> {
  try {
    await link(existing, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
