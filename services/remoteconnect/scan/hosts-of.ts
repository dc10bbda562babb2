import { ipv4Number, ipv4Text } from '@edgegateway/protocol/ipv4';

/** Larger networks are not searched: it would take minutes, and hardly be what was meant. */
const SHORTEST_PREFIX_BITS = 22;
/** Smaller ones have no addresses but their own two (RFC 3021). */
const LONGEST_PREFIX_BITS = 30;

/** The addresses that hosts of an IPv4 network in CIDR notation can have; null when it is larger than a /22. */
export function hostsOf(network: string): string[] | null {
  const [address = '', length = ''] = network.split('/');
  const bits = Number(length);
  if (bits < SHORTEST_PREFIX_BITS) return null;
  if (bits > LONGEST_PREFIX_BITS) return [];
  const first = ipv4Number(address) + 1;
  return Array.from({ length: 2 ** (32 - bits) - 2 }, (_, at) => ipv4Text(first + at));
}
