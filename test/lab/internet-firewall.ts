/** Firewalls on the internet's router, for what goes wrong between the networks (nft(8)). */
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import type { LabNetwork } from './network.ts';

const NO_DIRECT_PATH = 'no-direct-path';
const NO_CLOUD = 'no-cloud';

/** UDP between the office and the gateway's WAN side is dropped; both still reach the relays and STUN servers. */
export async function blockDirectPath(network: LabNetwork): Promise<void> {
  await drop(network, NO_DIRECT_PATH, 'office', 'meta l4proto udp');
}

export async function freeDirectPath(network: LabNetwork): Promise<void> {
  await remove(network, NO_DIRECT_PATH);
}

/** Nothing passes between the gateway and the cloud, and neither of them is told. */
export async function cutOffFromCloud(network: LabNetwork): Promise<void> {
  await drop(network, NO_CLOUD, 'cloud', '');
}

export async function reconnectToCloud(network: LabNetwork): Promise<void> {
  await remove(network, NO_CLOUD);
}

/** Packets between the gateway's WAN side and this place that match. */
async function drop(network: LabNetwork, table: string, place: 'office' | 'cloud', match: string): Promise<void> {
  const rules = [`iifname ${place} oifname wan ${match} drop;`, `iifname wan oifname ${place} ${match} drop;`];
  const chain = `chain forward { type filter hook forward priority filter; ${rules.join(' ')} }`;
  await inInternet(network, `table inet ${table} { ${chain}; }`);
}

async function remove(network: LabNetwork, table: string): Promise<void> {
  await inInternet(network, `delete table inet ${table}`);
}

async function inInternet({ namespaces }: LabNetwork, ruleset: string): Promise<void> {
  await runCommand('ip', ['netns', 'exec', namespaces.internet, 'nft', ruleset]);
}
