/** A technician's computer that helps itself to more than was released: nothing at the client keeps an attacker from it. */
import { runCommand } from '@edgegateway/tunnel/linux/run-command';

/** Sends packets for `address` into the tunnel, although the session does not release it (wg(8), ip-route(8)). */
export async function routeIntoTunnel(namespace: string, interfaceName: string, address: string): Promise<void> {
  const wg = (argv: readonly string[]): Promise<string> =>
    runCommand('ip', ['netns', 'exec', namespace, 'wg', ...argv]);
  const [peer, ...allowed] = (await wg(['show', interfaceName, 'allowed-ips'])).trim().split(/\s+/);
  if (peer === undefined || peer === '') throw new Error(`${interfaceName} has no peer.`);
  await wg(['set', interfaceName, 'peer', peer, 'allowed-ips', [...allowed, `${address}/32`].join(',')]);
  await runCommand('ip', ['-n', namespace, 'route', 'replace', `${address}/32`, 'dev', interfaceName]);
}
