import { kill } from 'node:process';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { until } from './until.ts';

/** Process ids of everything that runs inside a namespace (ip-netns(8)). */
export async function processesOf(namespace: string): Promise<number[]> {
  const list = await runCommand('ip', ['netns', 'pids', namespace]);
  return list
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}

/** Ends every process inside a namespace (ip-netns(8)) and waits until none is left. */
export async function killProcessesOf(namespace: string): Promise<void> {
  await until(`the processes in ${namespace} have ended`, async () => {
    const alive = await processesOf(namespace);
    for (const pid of alive) {
      try {
        kill(pid, 'SIGKILL');
      } catch (error) {
        // It ended by itself in the meantime.
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
      }
    }
    return alive.length === 0;
  });
}
