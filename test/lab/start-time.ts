import { readFileSync } from 'node:fs';

/** Field 22 of /proc/PID/stat (proc(5)): tells a process from a later one with the same number; empty when gone. */
export function startTimeOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
