/**
 * The direct path dies while a stream runs over it: the gateway's side drops all UDP that comes in, as a firewall
 * whose rules have changed. The figure
 * is the longest time without an answer, until the relay carries the stream.
 */
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import type { Bench } from './bench.ts';
import { gapOfChange } from './gap-of-change.ts';
import { measureAlone } from './measure.ts';
import { createTwoNamespaces, type TwoNamespaces } from './two-namespaces.ts';

export const failoverBench: Bench = {
  name: 'failover',
  async run(directory) {
    const network = await createTwoNamespaces('bn');
    try {
      const figure = { name: 'failover', figure: 'direct path dies -> relay carries', unit: 's', runs: 3 };
      return [
        await measureAlone(figure, async () => {
          const gap = await gapOfChange(network, directory, () => dropUdp(network));
          await nft(network, 'delete table inet failover');
          return gap;
        }),
      ];
    } finally {
      await network.close();
    }
  },
};

/** What comes in by the cable; WireGuard's own loopback endpoints go on. */
function dropUdp(network: TwoNamespaces): Promise<void> {
  const chain = 'type filter hook input priority 0;';
  return nft(network, `table inet failover { chain i { ${chain} iifname "eth0" meta l4proto udp drop; }; }`);
}

async function nft({ server }: TwoNamespaces, commands: string): Promise<void> {
  await runCommand('ip', ['netns', 'exec', server, 'nft', commands]);
}
