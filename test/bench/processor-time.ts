import { readFile } from 'node:fs/promises';

/** USER_HZ (proc_pid_stat(5)): ticks of a second in /proc, fixed at 100 for programs. */
const TICKS_OF_A_SECOND = 100;

/**
 * Processor time that a process with all its threads has used in user and kernel mode, in seconds, to 10 ms.
 * @throws Error when it has ended
 */
export async function processorTimeOf(pid: number): Promise<number> {
  return parseProcessorTime(await readFile(`/proc/${pid}/stat`, 'utf8'));
}

/**
 * @param stat content of /proc/PID/stat: utime and stime are its fields 14 and 15 (proc_pid_stat(5))
 * @throws Error when it is none
 */
export function parseProcessorTime(stat: string): number {
  // The second field is the program's name in parentheses, which may hold blanks and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  if (!Number.isInteger(ticks)) throw new Error(`this is not the content of a /proc/PID/stat: ${stat}`);
  return ticks / TICKS_OF_A_SECOND;
}

/** How much processor time a process uses while `work` runs, in seconds. */
export async function processorTimeDuring<T>(
  pid: number,
  work: () => Promise<T>,
): Promise<{ seconds: number; result: T }> {
  const before = await processorTimeOf(pid);
  const result = await work();
  return { seconds: (await processorTimeOf(pid)) - before, result };
}

/** `ip netns exec` becomes the program that it starts (ip-netns(8)): the id of a supervised process is the program's. */
export function processIdOf(process: { readonly pid: number | undefined }): number {
  if (process.pid === undefined) throw new Error('the process to measure does not run');
  return process.pid;
}
