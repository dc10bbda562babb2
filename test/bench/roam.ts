/**
 * The client's computer gets another address while a stream runs over the direct path; the one before is gone at once,
 * and the relay's connection with it. The figure is the longest time without an answer.
 */
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import { until } from '../lab/until.ts';
import type { Bench } from './bench.ts';
import { largestGap, momentsOfAnswers } from './largest-gap.ts';
import { measureAlone } from './measure.ts';
import { TUNNEL_GATEWAY, TunnelPair } from './tunnel-pair.ts';
import { createTwoNamespaces, LOAD_ADDRESS, type TwoNamespaces } from './two-namespaces.ts';

const OTHER_ADDRESS = '198.18.0.3';

const PING_SECONDS = 0.01;
/** How long the stream is watched after the change: longer than it takes to give up a relay that has fallen silent. */
const WATCHED_SECONDS = 12;

export const roamBench: Bench = {
  name: 'roam',
  async run(directory) {
    const network = await createTwoNamespaces('bn');
    try {
      // Without it the kernel removes the new address together with the old one of the same network (ip-sysctl).
      const promote = 'net.ipv4.conf.eth0.promote_secondaries=1';
      await runCommand('ip', ['netns', 'exec', network.load, 'sysctl', '-qw', promote]);
      let addresses: readonly [string, string] = [LOAD_ADDRESS, OTHER_ADDRESS];
      return [
        await measureAlone({ name: 'roam', figure: 'largest gap', unit: 's', runs: 3 }, async () => {
          const gap = await gapOfRoam(network, directory, ...addresses);
          addresses = [addresses[1], addresses[0]];
          return gap;
        }),
      ];
    } finally {
      await network.close();
    }
  },
};

async function gapOfRoam(network: TwoNamespaces, directory: string, from: string, to: string): Promise<number> {
  const pair = await TunnelPair.start(network, directory, 'direct-preferred');
  const owned: (() => Promise<void>)[] = [() => pair.close()];
  try {
    await pair.untilSaid('client', /^path gateway direct/);
    const lines: string[] = [];
    const ping = await SupervisedProcess.start({
      name: 'ping',
      command: 'ip',
      argv: ['netns', 'exec', network.load, 'ping', '-D', '-i', String(PING_SECONDS), TUNNEL_GATEWAY],
      readyWhen: /bytes from/,
      logDirectory: directory,
      onLine: (line) => lines.push(line),
    });
    owned.push(() => ping.stop());
    const changedAt = Date.now() / 1000;
    await runCommand('ip', ['-n', network.load, 'address', 'add', `${to}/24`, 'dev', 'eth0']);
    await runCommand('ip', ['-n', network.load, 'address', 'delete', `${from}/24`, 'dev', 'eth0']);
    await until('the stream has been watched long enough', () => {
      const last = momentsOfAnswers(lines).at(-1) ?? 0;
      return last >= changedAt + WATCHED_SECONDS;
    });
    return largestGap(momentsOfAnswers(lines));
  } finally {
    for (const end of owned.toReversed()) await end();
  }
}
