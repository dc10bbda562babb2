/**
 * Removes what a killed process left behind: the interface first, then the tables that guarded it.
 */
import { removeInterface } from './addresses-and-routes.ts';
import { closeFirewall } from './gateway-firewall.ts';
import { removeTable } from './nftables.ts';
import { SHARED_PORT_TABLE } from './shared-port-ruleset.ts';
import { WHITELIST_TABLE } from './whitelist-ruleset.ts';

/**
 * Idempotent: for a clean start, and after any death of the service.
 * @throws CommandError
 */
export async function removeEverything(interfaceName: string): Promise<void> {
  await removeInterface(interfaceName);
  await closeFirewall('tunnel_ports');
  await closeFirewall('scan_ports');
  await closeFirewall('reset_flows');
  await removeTable(SHARED_PORT_TABLE);
  await removeTable(WHITELIST_TABLE);
}
