/**
 * What the whitelist's table has recorded, read from the list of its sets.
 */
import { ipv4Address } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';
import type { NftablesListing } from './nftables.ts';

/**
 * For each verdict two sets: client, machine, protocol, and the machine's port where the protocol has ports. `active`
 * counts both directions, `answered` the machine's part of it.
 */
export const FLOW_SETS = {
  active: { withPort: 'active_port', withoutPort: 'active_protocol' },
  answered: { withPort: 'answered_port', withoutPort: 'answered_protocol' },
  refused: { withPort: 'refused_port', withoutPort: 'refused_protocol' },
} as const;

export interface ObservedFlow {
  readonly verdict: 'active' | 'refused';
  readonly source: string;
  readonly destination: string;
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'other';
  readonly port?: number;
  readonly packets: number;
  /** Both directions. */
  readonly bytes: number;
  /** Of these, what the machine has sent; 0 for a refused flow. */
  readonly bytesToClient: number;
}

export interface ObservedFlows {
  readonly active: readonly ObservedFlow[];
  readonly refused: readonly ObservedFlow[];
}

export class FlowSetsError extends Error {
  override readonly name = 'FlowSetsError';
}

/** nft writes protocols by their names in /etc/protocols, and by number where it finds none. */
const protocol = z.union([z.string(), z.int()]);
const servicePort = z.int().min(0).max(65_535);
const concatenated = z.union([
  z.tuple([ipv4Address, ipv4Address, protocol, servicePort]),
  z.tuple([ipv4Address, ipv4Address, protocol]),
]);
const element = z.object({
  elem: z.object({
    val: z.object({ concat: concatenated }),
    counter: z.object({ packets: z.int().min(0), bytes: z.int().min(0) }),
  }),
});
const setListing = z.object({ name: z.string(), elem: z.array(element).default([]) });

/** The same for the same flow in every reading. */
export function flowKey(flow: ObservedFlow): string {
  return `${flow.verdict} ${pairKey(flow)}`;
}

/**
 * @throws FlowSetsError when a flow set does not look as the ruleset made it
 */
export function parseFlowSets(listing: NftablesListing): ObservedFlows {
  const sets = new Map<string, unknown>();
  for (const { set } of listing.nftables) {
    const name = z.object({ name: z.string() }).safeParse(set).data?.name;
    if (name !== undefined) sets.set(name, set);
  }
  const read = (kind: keyof typeof FLOW_SETS) =>
    Object.values(FLOW_SETS[kind]).flatMap((name) => parseSet(name, sets.get(name)));
  const answered = new Map(read('answered').map((flow) => [pairKey(flow), flow.bytes]));
  return {
    active: read('active').map((flow) => ({
      ...flow,
      verdict: 'active',
      // nft reads one set after the other, while packets go on.
      bytesToClient: Math.min(answered.get(pairKey(flow)) ?? 0, flow.bytes),
    })),
    refused: read('refused').map((flow) => ({ ...flow, verdict: 'refused', bytesToClient: 0 })),
  };
}

type CountedPair = Omit<ObservedFlow, 'verdict' | 'bytesToClient'>;

function pairKey(flow: CountedPair): string {
  return [flow.source, flow.destination, flow.protocol, flow.port ?? ''].join(' ');
}

function parseSet(name: string, set: unknown): CountedPair[] {
  if (set === undefined) return [];
  const parsed = setListing.safeParse(set);
  if (!parsed.success) throw new FlowSetsError(`the set "${name}" is not understood`, { cause: parsed.error });
  return parsed.data.elem.map(({ elem: { val, counter } }) => {
    const [source, destination, protocolName, port] = val.concat;
    return {
      source,
      destination,
      protocol: protocolOf(protocolName),
      ...(port === undefined ? {} : { port }),
      packets: counter.packets,
      bytes: counter.bytes,
    };
  });
}

/** IANA's protocol numbers: a gateway without /etc/protocols has no names for them. */
const PROTOCOLS: Readonly<Record<string, ObservedFlow['protocol']>> = {
  ...{ '1': 'icmp', '6': 'tcp', '17': 'udp' },
  ...{ icmp: 'icmp', tcp: 'tcp', udp: 'udp' },
};

function protocolOf(nameOrNumber: string | number): ObservedFlow['protocol'] {
  return PROTOCOLS[nameOrNumber] ?? 'other';
}
