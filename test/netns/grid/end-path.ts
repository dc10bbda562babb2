/**
 * Which path an end says that it uses, read from what its program prints.
 */
import { type RelayReason, relayReason } from '@edgegateway/protocol/relay-reason';
import type { Path } from './expected-path.ts';
import type { Program } from './programs.ts';

/** The present path to a peer as this end sees it; null: not connected. */
export function pathOf(end: Program, peer: string): Path | null {
  const line = end.lines.findLast(({ text }) => text.startsWith(`path ${peer} `) || text.startsWith(`lost ${peer} `));
  if (line?.text === `path ${peer} direct`) return 'direct';
  return line?.text === `path ${peer} relay` ? 'relay' : null;
}

/** Why the present path to a peer is not direct, as this end says; null: it is, or the end does not say. */
export function reasonOf(end: Program, peer: string): RelayReason | null {
  const line = end.lines.findLast(({ text }) => text.startsWith(`relayed ${peer} `) || text === `path ${peer} direct`);
  return relayReason.safeParse(line?.text.split(' ').at(-1)).data ?? null;
}

/** How often a relay connection of this end broke. */
export function brokenRelayConnections(end: Program): number {
  return end.lines.filter(({ text }) => text.includes('The connection to a relay is gone.')).length;
}

/** Milliseconds from the first contact over the relay to the direct path; null: it was never direct. */
export function upgradeTime(end: Program, peer: string): number | null {
  const connected = end.lines.find(({ text }) => text.startsWith(`connected ${peer} `));
  const direct = end.lines.find(({ text }) => text === `path ${peer} direct`);
  return connected === undefined || direct === undefined ? null : Math.round(direct.at - connected.at);
}
