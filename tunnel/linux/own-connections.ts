/**
 * This computer's own connections, by ss(8) of iproute2. Needs CAP_NET_ADMIN and a kernel with CONFIG_INET_DIAG_DESTROY;
 * one without it leaves them as they are.
 */
import { runCommand } from './run-command.ts';

/** Milliseconds. */
const PATIENCE = 1000;

/**
 * Resets the TCP connections, and ends the connected UDP sockets where the kernel lists them (CONFIG_INET_UDP_DIAG), from
 * this IPv4 address of the computer to these hosts: the programs that hold them fail at once (ECONNABORTED), and the other
 * end is sent a TCP reset by the route that there is now. Connections by way of another interface have another address.
 * @throws CommandError
 */
export async function resetOwnConnections(address: string, hosts: readonly string[]): Promise<void> {
  if (hosts.length === 0) return;
  const filter = `src ${address} and ( ${hosts.map((host) => `dst ${host}`).join(' or ')} )`;
  await runCommand('ss', ['--kill', '--tcp', '--udp', '--numeric', '--no-header', filter], { timeoutMs: PATIENCE });
}
