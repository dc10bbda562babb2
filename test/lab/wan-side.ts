/** A gateway's WAN side, as the internet sees it. */
import { CommandError, runCommand } from '@edgegateway/tunnel/linux/run-command';
import { z } from 'zod';
import { LAB_ADDRESSES, type PlantNetwork } from './network.ts';
import { until } from './until.ts';

const neighbours = z.array(z.object({ dst: z.ipv4(), lladdr: z.string().optional() }));

/** Of the first plant's gateway, which has asked for it by DHCP. */
export function wanAddressOf({ namespaces: { internet } }: PlantNetwork): Promise<string> {
  return until('the gateway has an address on its WAN side', async () => {
    const text = await runCommand('ip', ['-n', internet, '-json', '-4', 'neighbour', 'show', 'dev', 'wan']);
    const known = neighbours.parse(JSON.parse(text.trim() || '[]'));
    return known.find(({ dst, lladdr }) => lladdr !== undefined && dst !== LAB_ADDRESSES.internetOfWan)?.dst;
  });
}

/** Whether it answers a ping from the internet within a second. */
export async function answersPing({ namespaces: { internet } }: PlantNetwork, address: string): Promise<boolean> {
  try {
    await runCommand('ip', ['netns', 'exec', internet, 'ping', '-c1', '-W1', address]);
    return true;
  } catch (error) {
    if (error instanceof CommandError) return false;
    throw error;
  }
}
