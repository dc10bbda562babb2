/**
 * Two network namespaces joined by one cable, for a server and whoever loads it:
 *
 *   {prefix}-server 198.18.0.1 ── 198.18.0.2 {prefix}-load
 */
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { killProcessesOf } from '../lab/namespace-processes.ts';

/** RFC 2544: the range for measurements of this kind. */
export const SERVER_ADDRESS = '198.18.0.1';
export const LOAD_ADDRESS = '198.18.0.2';

export interface TwoNamespaces {
  readonly server: string;
  readonly load: string;
  close(): Promise<void>;
}

/** What an earlier, dead run of the same prefix left behind is removed first. */
export async function createTwoNamespaces(prefix: string): Promise<TwoNamespaces> {
  const server = `${prefix}-server`;
  const load = `${prefix}-load`;
  const close = async () => {
    const existing = (await runCommand('ip', ['netns', 'list'])).split('\n').map((line) => line.split(' ')[0]);
    for (const name of [server, load].filter((one) => existing.includes(one))) {
      await killProcessesOf(name);
      await runCommand('ip', ['netns', 'delete', name]);
    }
  };
  await close();
  for (const name of [server, load]) await runCommand('ip', ['netns', 'add', name]);
  const cable = ['link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', load];
  await runCommand('ip', ['-n', server, ...cable]);
  for (const [name, address] of [
    [server, SERVER_ADDRESS],
    [load, LOAD_ADDRESS],
  ] as const) {
    await runCommand('ip', ['-n', name, 'address', 'add', `${address}/24`, 'dev', 'eth0']);
    for (const device of ['lo', 'eth0']) await runCommand('ip', ['-n', name, 'link', 'set', device, 'up']);
  }
  return { server, load, close };
}
