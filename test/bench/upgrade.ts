/**
 * From the relay to the direct path: starts where the client has met its peer at the relay, before any packet, and ends
 * with the engine's word that the direct path is taken, which needs WireGuard's own packets on it.
 */
import type { Bench } from './bench.ts';
import { measureAlone } from './measure.ts';
import { TunnelPair } from './tunnel-pair.ts';
import { createTwoNamespaces } from './two-namespaces.ts';

export const upgradeBench: Bench = {
  name: 'upgrade',
  async run(directory) {
    const network = await createTwoNamespaces('bn');
    try {
      const figure = { name: 'upgrade', figure: 'relay met -> direct path', unit: 's', runs: 5 };
      return [
        await measureAlone(figure, async () => {
          const pair = await TunnelPair.start(network, directory, 'direct-preferred');
          try {
            const { at: met } = await pair.untilSaid('client', /The relay in use has changed/);
            const { at: direct } = await pair.untilSaid('client', /^path gateway direct/);
            return (direct - met) / 1000;
          } finally {
            await pair.close();
          }
        }),
      ];
    } finally {
      await network.close();
    }
  },
};
