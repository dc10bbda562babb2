/** A firewall on the internet's router, for parts of the story that must run over a relay. */
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import type { LabNetwork } from './network.ts';

const TABLE = 'no-direct-path';

/** UDP between the office and the gateway's WAN side is dropped; both still reach the relays and STUN servers (nft(8)). */
export async function blockDirectPath(network: LabNetwork): Promise<void> {
  const rules = `${udpDropped('office', 'wan')} ${udpDropped('wan', 'office')}`;
  await inInternet(
    network,
    `table inet ${TABLE} { chain forward { type filter hook forward priority filter; ${rules} }; }`,
  );
}

function udpDropped(from: string, to: string): string {
  return `iifname ${from} oifname ${to} meta l4proto udp drop;`;
}

export async function freeDirectPath(network: LabNetwork): Promise<void> {
  await inInternet(network, `delete table inet ${TABLE}`);
}

async function inInternet({ namespaces }: LabNetwork, ruleset: string): Promise<void> {
  await runCommand('ip', ['netns', 'exec', namespaces.internet, 'nft', ruleset]);
}
