/** The kernel's neighbour table (ARP), as `ip -json neighbour show` prints it (ip-neighbour(8)). */
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { z } from 'zod';

export interface Neighbour {
  readonly address: string;
  /** Lower case, with colons. */
  readonly mac: string;
}

const entry = z.object({
  dst: z.string(),
  lladdr: z.string().optional(),
  state: z.array(z.string()).default([]),
});

/** States in which the address is known to belong to somebody. */
const KNOWN = new Set(['REACHABLE', 'STALE', 'DELAY', 'PROBE', 'PERMANENT']);

/** IPv4 only. @throws ZodError when the text is not what ip(8) prints */
export function parseNeighbours(text: string): Neighbour[] {
  const entries = z.array(entry).parse(text.trim() === '' ? [] : JSON.parse(text));
  return entries.flatMap(({ dst, lladdr, state }) => {
    if (lladdr === undefined || !state.some((one) => KNOWN.has(one))) return [];
    return z.ipv4().safeParse(dst).success ? [{ address: dst, mac: lladdr.toLowerCase() }] : [];
  });
}

/** @throws CommandError */
export async function readNeighbours(interfaceName: string): Promise<Neighbour[]> {
  return parseNeighbours(await runCommand('ip', ['-4', '-json', 'neighbour', 'show', 'dev', interfaceName]));
}
