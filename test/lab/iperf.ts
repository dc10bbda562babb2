import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { z } from 'zod';
import { SupervisedProcess } from './supervised-process.ts';

/** iperf3(1) with -J, as far as it is read. */
const report = z.object({
  intervals: z.array(z.object({ sum: z.object({ start: z.number(), bytes: z.number() }) })),
  end: z.object({ sum_received: z.object({ bits_per_second: z.number() }) }),
});

export function startIperfServer(namespace: string, logDirectory: string): Promise<SupervisedProcess> {
  return SupervisedProcess.start({
    name: 'iperf3',
    command: 'ip',
    argv: ['netns', 'exec', namespace, 'iperf3', '--server', '--forceflush'],
    readyWhen: /Server listening/,
    logDirectory,
  });
}

/** One TCP stream to the server, in Mbit/s as the server received them. */
export async function throughputTo(namespace: string, address: string, seconds: number): Promise<number> {
  return (await streamTo(namespace, address, seconds)).end.sum_received.bits_per_second / 1e6;
}

/** One TCP stream to the server: the bytes sent in each of its seconds. */
export async function bytesEachSecond(namespace: string, address: string, seconds: number): Promise<readonly number[]> {
  return (await streamTo(namespace, address, seconds)).intervals.map(({ sum }) => sum.bytes);
}

async function streamTo(namespace: string, address: string, seconds: number): Promise<z.infer<typeof report>> {
  const argv = ['netns', 'exec', namespace, 'iperf3', '--client', address, '--time', String(seconds), '--json'];
  return report.parse(JSON.parse(await runCommand('ip', argv, { timeoutMs: (seconds + 20) * 1000 })));
}
