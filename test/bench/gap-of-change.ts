import { SupervisedProcess } from '../lab/supervised-process.ts';
import { until } from '../lab/until.ts';
import { largestGap, momentsOfAnswers } from './largest-gap.ts';
import { TUNNEL_GATEWAY, TunnelPair } from './tunnel-pair.ts';
import type { TwoNamespaces } from './two-namespaces.ts';

const PING_SECONDS = 0.01;
/** How long the stream is watched after the change: longer than it takes to give up a relay that has fallen silent. */
const WATCHED_SECONDS = 12;

/**
 * A stream runs over the direct path when `change` happens to the network.
 * @returns the longest time without an answer, seconds
 */
export async function gapOfChange(
  network: TwoNamespaces,
  directory: string,
  change: () => Promise<void>,
): Promise<number> {
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
    await change();
    await until('the stream has been watched long enough', () => {
      const last = momentsOfAnswers(lines).at(-1) ?? 0;
      return last >= changedAt + WATCHED_SECONDS;
    });
    return largestGap(momentsOfAnswers(lines));
  } finally {
    for (const end of owned.toReversed()) await end();
  }
}
