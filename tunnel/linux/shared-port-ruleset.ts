/**
 * The table `inet remoteconnect_stun`: STUN shares WireGuard's port W with a socket of the service that is bound to
 * another port Y, without state and without raw sockets, so that a NAT in front sees a single mapping.
 *
 * - What leaves from Y leaves from W: before connection tracking, so that the host's firewall sees one flow.
 * - What comes to W and is STUN (first two bytes and magic cookie, RFC 8489 section 5) is delivered to Y: after the
 *   host's firewall has let it in. A WireGuard receiver index may equal the cookie, its first bytes never do.
 * - What is sent to Y itself is dropped.
 * - STUN that comes in fragments is dropped before they are put together: a check as large as WireGuard's largest packet
 *   is to show that such a one passes whole (path-size.ts).
 * - Relay packets that are late are made to look as if they came directly: the kernel adopts the source of every
 *   authenticated packet, and would go back to the relay for one of them.
 *
 * nftables keeps a UDP checksum right, and leaves the zero one of IPv4 zero (nft_payload.c).
 */
import type { TransportAddress } from '../path/candidate.ts';
import type { NftablesObject, NftablesTable } from './nftables.ts';

export const SHARED_PORT_TABLE: NftablesTable = { family: 'inet', name: 'remoteconnect_stun' };

export interface SharedPorts {
  /** WireGuard's. */
  readonly wireguard: number;
  /** The service's. */
  readonly stun: number;
}

/** Before connection tracking (-200) and after the filters (0). */
const RAW_PRIORITY = -300;
const AFTER_FILTER_PRIORITY = 10;
/** Before the kernel's defragmentation (-400). */
const FRAGMENT_PRIORITY = -450;

/** Of the IPv4 header (RFC 791 section 3.1). */
const MORE_FRAGMENTS = 0x2000;

/** Binding request, indication, success response, error response (RFC 8489 section 5). */
const STUN_TYPES = [0x0001, 0x0011, 0x0101, 0x0111];
const STUN_COOKIE = 0x2112a442;

/** Bits from the beginning of the UDP header, which has 64. */
const TYPE_OFFSET = 64;
const COOKIE_OFFSET = 96;

/** Whoever floods the port with STUN does not keep the service busy. */
const STUN_RATE = { rate: 2000, burst: 500, per: 'second', inv: true };

/** Late packets: from a loopback port of the service to the address and port that they are to come from. */
const LATE_ADDRESS = 'late_address';
const LATE_PORT = 'late_port';

type Statement = Readonly<Record<string, unknown>>;

export function sharedPortRuleset(ports: SharedPorts): NftablesObject[] {
  const table = { table: SHARED_PORT_TABLE };
  const chain = (name: string, hook: string, prio: number) =>
    inTable({ name, type: 'filter', hook, prio, policy: 'accept' });
  return [
    ...[{ add: table }, { delete: table }, { add: table }],
    { add: { map: inTable({ name: LATE_ADDRESS, type: 'inet_service', map: 'ipv4_addr' }) } },
    { add: { map: inTable({ name: LATE_PORT, type: 'inet_service', map: 'inet_service' }) } },
    { add: { chain: inTable({ name: 'stun' }) } },
    { add: { chain: chain('fragments', 'prerouting', FRAGMENT_PRIORITY) } },
    { add: { chain: chain('incoming', 'input', AFTER_FILTER_PRIORITY) } },
    { add: { chain: chain('outgoing', 'output', RAW_PRIORITY) } },
    ...rules(ports).map((entry) => ({ add: { rule: entry } })),
  ];
}

/**
 * Commands that let what leaves from the loopback port `source` look as if it came from `remote`, an IPv4 address;
 * null takes that back.
 * @param present whether the table has an entry for `source`
 */
export function disguiseCommands(source: number, remote: TransportAddress | null, present: boolean): NftablesObject[] {
  const removal = present ? [LATE_ADDRESS, LATE_PORT].map((name) => ({ delete: element(name, source) })) : [];
  if (remote === null) return removal;
  return [
    ...removal,
    { add: element(LATE_ADDRESS, [source, remote.address]) },
    { add: element(LATE_PORT, [source, remote.port]) },
  ];
}

function element(name: string, elem: unknown): NftablesObject {
  return { element: inTable({ name, elem: [elem] }) };
}

function rules({ wireguard, stun }: SharedPorts): NftablesObject[] {
  const source = udp('sport');
  const destination = udp('dport');
  const isStun = equals(transport(COOKIE_OFFSET, 32), STUN_COOKIE);
  // The first fragment, which alone has the UDP header: without it the others come to nothing.
  const isFirstFragment = [
    { match: { op: '!=', left: { '&': [ip('frag-off'), MORE_FRAGMENTS] }, right: 0 } },
    equals({ exthdr: { name: 'frag' } }, true),
  ];
  return [
    ...isFirstFragment.map((is) =>
      rule('fragments', [is, equals(destination, wireguard), isStun, { counter: null }, { drop: null }]),
    ),
    rule('incoming', [equals(destination, stun), { counter: null }, { drop: null }]),
    rule('incoming', [
      equals(destination, wireguard),
      // One comparison, which a packet of WireGuard's hardly ever passes, before the set.
      isStun,
      equals(transport(TYPE_OFFSET, 16), { set: STUN_TYPES }),
      { jump: { target: 'stun' } },
    ]),
    rule('stun', [{ limit: STUN_RATE }, { counter: null }, { drop: null }]),
    rule('stun', [{ counter: null }, { mangle: { key: destination, value: stun } }]),
    rule('outgoing', [equals(source, stun), { counter: null }, { mangle: { key: source, value: wireguard } }]),
    rule('outgoing', [
      equals({ meta: { key: 'oifname' } }, 'lo'),
      equals(destination, wireguard),
      { mangle: { key: ip('saddr'), value: { map: { key: source, data: `@${LATE_ADDRESS}` } } } },
      { mangle: { key: source, value: { map: { key: source, data: `@${LATE_PORT}` } } } },
    ]),
  ];
}

function transport(offset: number, length: number): unknown {
  return { payload: { base: 'th', offset, len: length } };
}

function udp(field: string): unknown {
  return { payload: { protocol: 'udp', field } };
}

function ip(field: string): unknown {
  return { payload: { protocol: 'ip', field } };
}

function equals(left: unknown, right: unknown): Statement {
  return { match: { op: '==', left, right } };
}

function rule(chain: string, expr: readonly Statement[]): NftablesObject {
  return inTable({ chain, expr });
}

function inTable(rest: NftablesObject): NftablesObject {
  return { family: SHARED_PORT_TABLE.family, table: SHARED_PORT_TABLE.name, ...rest };
}
