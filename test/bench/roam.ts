/**
 * The client's computer gets another address while a stream runs over the direct path; the one before is gone at once,
 * and the relay's connection with it. The figure is the longest time without an answer.
 */
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import type { Bench } from './bench.ts';
import { gapOfChange } from './gap-of-change.ts';
import { measureAlone } from './measure.ts';
import { createTwoNamespaces, LOAD_ADDRESS, type TwoNamespaces } from './two-namespaces.ts';

const OTHER_ADDRESS = '198.18.0.3';

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
          const gap = await gapOfChange(network, directory, () => changeAddress(network, ...addresses));
          addresses = [addresses[1], addresses[0]];
          return gap;
        }),
      ];
    } finally {
      await network.close();
    }
  },
};

async function changeAddress({ load }: TwoNamespaces, from: string, to: string): Promise<void> {
  await runCommand('ip', ['-n', load, 'address', 'add', `${to}/24`, 'dev', 'eth0']);
  await runCommand('ip', ['-n', load, 'address', 'delete', `${from}/24`, 'dev', 'eth0']);
}
