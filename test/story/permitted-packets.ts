/** What a gateway may send on its WAN side while remoteConnect is on: the rows of the manual's table, and nothing else. */
import { HUB_ENDPOINT, PROVISIONING_ENDPOINT } from '@edgegateway/protocol/network-endpoints';
import { LAB_ADDRESSES, LAB_RELAYS, LAB_STUN_SERVERS } from '../lab/network.ts';
import type { SentPacket } from '../lab/packet-capture.ts';

/** tcpdump(1) with -n, of IPv4: `198.18.0.2.49152 > 203.0.113.11.8883: Flags [S], seq ...` */
const SENT_TO = / > (\d+\.\d+\.\d+\.\d+)\.(\d+): (.*)$/;
const DNS_PORT = 53;

interface Row {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  /** Any where it is not given. */
  readonly port?: number;
}

const ROWS: readonly Row[] = [
  { protocol: 'tcp', address: LAB_ADDRESSES.dps, port: PROVISIONING_ENDPOINT.port },
  { protocol: 'tcp', address: LAB_ADDRESSES.hub, port: HUB_ENDPOINT.port },
  ...LAB_RELAYS.map(({ address, port }) => ({ protocol: 'tcp', address, port }) as const),
  ...LAB_STUN_SERVERS.map(({ address, port }) => ({ protocol: 'udp', address, port }) as const),
  // The names of all these, from the server that came with the lease.
  { protocol: 'udp', address: LAB_ADDRESSES.internetOfWan, port: DNS_PORT },
  // The other end of the direct path has whatever port it has.
  { protocol: 'udp', address: LAB_ADDRESSES.office },
];

/** @returns those that no row permits */
export function notPermitted(packets: readonly SentPacket[]): readonly SentPacket[] {
  return packets.filter(({ scope, text }) => scope === 'outward' && !ROWS.some((row) => permits(row, text)));
}

function permits({ protocol, address, port }: Row, text: string): boolean {
  const [, sentTo, sentPort, content = ''] = SENT_TO.exec(text) ?? [];
  const sentProtocol = content.startsWith('Flags [') ? 'tcp' : 'udp';
  return sentTo === address && sentProtocol === protocol && (port === undefined || Number(sentPort) === port);
}
