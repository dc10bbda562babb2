/**
 * The holes in the image's own firewall (`inet edgegateway`), sets that are empty as delivered (G5): `tunnel_ports` for
 * WireGuard's port while a session may use it, `scan_ports` for connections to the plant side while devices are looked
 * for. A computer without that table has a firewall of its own, or none.
 */
import { isMissing, listTable, replaceRuleset } from './nftables.ts';

const BASE_TABLE = { family: 'inet', name: 'edgegateway' } as const;

export type FirewallHole = 'tunnel_ports' | 'scan_ports';

/** These ports and no others. @throws CommandError */
export async function openFirewall(hole: FirewallHole, ports: readonly number[]): Promise<void> {
  if ((await listTable(BASE_TABLE)) === null) return;
  const set = setOf(hole);
  await replaceRuleset([{ flush: { set } }, { add: { element: { ...set, elem: [...ports] } } }]);
}

/** Nothing happens where there is no such set. @throws CommandError */
export async function closeFirewall(hole: FirewallHole): Promise<void> {
  await replaceRuleset([{ flush: { set: setOf(hole) } }]).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}

function setOf(hole: FirewallHole) {
  return { family: BASE_TABLE.family, table: BASE_TABLE.name, name: hole };
}
