/**
 * How much our client's way in user space carries: wireguard-go, its loopback endpoint, the tunnel engine's socket, the
 * network; against wireguard-go alone in the same namespaces. The gateway's end is wireguard-go in both.
 */

import { startIperfServer, throughputTo } from '../lab/iperf.ts';
import { BARE_SERVER, startBareWireguard } from './bare-wireguard.ts';
import type { Bench } from './bench.ts';
import type { MeasuredResult } from './bench-result.ts';
import { measureAgainst } from './measure.ts';
import { TUNNEL_GATEWAY, TunnelPair } from './tunnel-pair.ts';
import { createTwoNamespaces } from './two-namespaces.ts';

const RUN_SECONDS = 3;
const RUNS = 3;

const WAYS = [
  { figure: 'one TCP stream, direct', policy: 'direct-preferred', path: /^path gateway direct/ },
  { figure: 'one TCP stream over the relay', policy: 'relay-only', path: /^connected / },
] as const;

export const clientPathBench: Bench = {
  name: 'client-path',
  async run(directory) {
    const network = await createTwoNamespaces('bn');
    const owned: (() => Promise<void>)[] = [() => network.close()];
    try {
      const server = await startIperfServer(network.server, directory);
      owned.push(() => server.stop());
      owned.push(await startBareWireguard(network, directory));
      const results: MeasuredResult[] = [];
      for (const { figure, policy, path } of WAYS) {
        const pair = await TunnelPair.start(network, directory, policy);
        try {
          await pair.untilSaid('client', path);
          results.push(
            await measureAgainst(
              { name: 'client-path', figure, unit: 'Mbit/s', runs: RUNS },
              () => throughputTo(network.load, TUNNEL_GATEWAY, RUN_SECONDS),
              { name: 'wireguard-go', run: () => throughputTo(network.load, BARE_SERVER, RUN_SECONDS) },
            ),
          );
        } finally {
          await pair.close();
        }
      }
      return results;
    } finally {
      for (const end of owned.toReversed()) await end();
    }
  },
};
