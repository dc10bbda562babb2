/**
 * Answers a second of processor time: our STUN server against coturn's turnserver that does nothing but STUN, asked
 * by the same load generator.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import type { Bench } from './bench.ts';
import { cloudConfigurationOf } from './cloud-configuration.ts';
import { startCoturn } from './coturn.ts';
import { runLoad } from './load-program.ts';
import { measureAgainst } from './measure.ts';
import { processIdOf } from './processor-time.ts';
import { type StunLoadSettings, stunLoadCounts } from './stun-load-program.ts';
import { createTwoNamespaces, SERVER_ADDRESS, type TwoNamespaces } from './two-namespaces.ts';

const OUR_PORT = 3478;
const COTURN_PORT = 3479;
const LOAD = { address: SERVER_ADDRESS, sockets: 100, underWay: 4 } as const;
const RUN_MILLISECONDS = 2000;
/** Long enough for both to have compiled, or paged in, what they run. */
const WARM_UP_MILLISECONDS = 1000;

export const stunBench: Bench = {
  name: 'stun',
  async run(directory) {
    const network = await createTwoNamespaces('bn');
    const started: SupervisedProcess[] = [];
    try {
      const ours = await startStunServer(network, directory);
      started.push(ours);
      const coturn = await startCoturn({
        namespace: network.server,
        address: SERVER_ADDRESS,
        directory,
        argv: ['--stun-only', '--no-tcp', '--no-tls', '--listening-port', String(COTURN_PORT)],
      });
      started.push(coturn);
      await load(network, ours, OUR_PORT, WARM_UP_MILLISECONDS);
      await load(network, coturn, COTURN_PORT, WARM_UP_MILLISECONDS);
      return [
        await measureAgainst(
          { name: 'stun', figure: 'answers', unit: '1/CPU-s', runs: 5 },
          () => load(network, ours, OUR_PORT, RUN_MILLISECONDS),
          { name: 'coturn', run: () => load(network, coturn, COTURN_PORT, RUN_MILLISECONDS) },
        ),
      ];
    } finally {
      for (const process of started) await process.stop();
      await network.close();
    }
  },
};

async function startStunServer(network: TwoNamespaces, directory: string): Promise<SupervisedProcess> {
  const file = join(directory, 'cloud.json');
  await writeFile(file, JSON.stringify(cloudConfigurationOf(directory, SERVER_ADDRESS, { stun: OUR_PORT })));
  const program = join(import.meta.dirname, '../../cloud-stub/stun/main.ts');
  return SupervisedProcess.start({
    name: 'stun0',
    command: 'ip',
    argv: ['netns', 'exec', network.server, execPath, program, '--config', file, '--name', 'stun0'],
    readyWhen: /^ready/,
    logDirectory: directory,
  });
}

/** @returns answers a second of the server's processor time */
async function load(
  network: TwoNamespaces,
  server: SupervisedProcess,
  port: number,
  milliseconds: number,
): Promise<number> {
  const settings: StunLoadSettings = { ...LOAD, port, pid: processIdOf(server), milliseconds };
  const counts = await runLoad(network.load, 'stun-load-program.ts', settings, stunLoadCounts);
  return counts.answers / counts.processorSeconds;
}
