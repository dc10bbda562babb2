import { readFile } from 'node:fs/promises';

/**
 * Memory that a process holds, in megabytes (10^6 bytes): VmRSS (proc_pid_status(5)).
 * @throws Error when it has ended
 */
export async function residentMemoryOf(pid: number): Promise<number> {
  return parseResidentMemory(await readFile(`/proc/${pid}/status`, 'utf8'));
}

/** @throws Error when there is no VmRSS in the text of a /proc/PID/status */
export function parseResidentMemory(status: string): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  if (kibibytes === undefined) throw new Error('the process has ended: its status has no VmRSS');
  return (Number(kibibytes) * 1024) / 1e6;
}
