import { join } from 'node:path';
import { execPath } from 'node:process';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { z } from 'zod';

const answers = z.object({ open: z.array(z.int()), refused: z.array(z.int()) });
export type PortAnswers = z.infer<typeof answers>;

const program = join(import.meta.dirname, 'port-probe-program.ts');
const PROBE_SECONDS = 60;

/** Tries the ports (TCP `443` or `1-1024`, UDP `40000/udp`) of an address from inside a namespace; only those that say something are told. */
export async function probePorts(namespace: string, address: string, ranges: readonly string[]): Promise<PortAnswers> {
  const argv = ['netns', 'exec', namespace, execPath, program, address, ...ranges];
  return answers.parse(JSON.parse(await runCommand('ip', argv, { timeoutMs: PROBE_SECONDS * 1000 })));
}
