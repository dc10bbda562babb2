/** Firewalls on the internet's router, for what goes wrong between the networks (nft(8)). */
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { z } from 'zod';
import type { LabNetwork } from './network.ts';

const NO_DIRECT_PATH = 'no-direct-path';
const NO_CLOUD = 'no-cloud';
const COUNTED = 'counted';

/** What nft(8) prints of a counter. */
const counters = z.object({
  nftables: z.array(z.object({ counter: z.object({ name: z.string(), bytes: z.int() }).optional() })),
});

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

/** How many bytes of IP packets with UDP pass between the office and the gateway's WAN side, each way, during the work. */
export async function directBytes(
  network: LabNetwork,
  work: () => Promise<void>,
): Promise<{ readonly toWan: number; readonly toOffice: number }> {
  const rules = [
    'iifname office oifname wan meta l4proto udp counter name to-wan;',
    'iifname wan oifname office meta l4proto udp counter name to-office;',
  ];
  const chain = `chain forward { type filter hook forward priority 20; ${rules.join(' ')} }`;
  await inInternet(network, `table inet ${COUNTED} { counter to-wan { }; counter to-office { }; ${chain}; }`);
  try {
    await work();
    const list = await inInternet(network, '--json', `list counters table inet ${COUNTED}`);
    const found = counters.parse(JSON.parse(list)).nftables.flatMap(({ counter }) => counter ?? []);
    const bytesOf = (name: string): number => found.find((counter) => counter.name === name)?.bytes ?? 0;
    return { toWan: bytesOf('to-wan'), toOffice: bytesOf('to-office') };
  } finally {
    await remove(network, COUNTED);
  }
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

function inInternet({ namespaces }: LabNetwork, ...argv: readonly string[]): Promise<string> {
  return runCommand('ip', ['netns', 'exec', namespaces.internet, 'nft', ...argv]);
}
