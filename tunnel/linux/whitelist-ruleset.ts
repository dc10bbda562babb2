/**
 * The table `inet remoteconnect`: which packets of the tunnel pass (T6).
 *
 * From the tunnel, only the pairs of client and released address pass, towards the plant's interface or the gateway
 * itself, never to another side. Back into the tunnel, only answers of those pairs. Every packet is judged by the
 * released sets, also those of connections that conntrack knows: a release that is taken back cuts them at once.
 * What passed and what was refused stands in sets whose entries vanish a minute after their last packet.
 *
 * Without this table nothing is forwarded: the gateway routes only what the table has marked as released
 * (image/mkosi, forwarding-rules). So a foreign `nft flush ruleset` closes the tunnel until the table is back. The kernel takes
 * the chains of a table away one after the other: the mark is a judgement of its own, and trusts no other chain to follow.
 * The chains that do follow trust the mark, which nothing else on the gateway sets: without the judgement nothing has it. So the
 * sets are looked up once for each packet, when it comes in; what the gateway says itself comes by no such way, and is looked up.
 *
 * The machines know no way to the client, so they see the gateway's own address on their side. An address that clients
 * reach under another one is translated before all of this, so that everything here is about the machine's own address.
 * Nothing is about a whole network of tunnel addresses: a carrier may use the same, and only what sessions have is ours.
 */
import type { AddressTranslation, ReleasedAddress } from '@edgegateway/protocol/released-address';
import { FLOW_SETS } from './flow-sets.ts';
import type { NftablesObject, NftablesTable } from './nftables.ts';

export const WHITELIST_TABLE: NftablesTable = { family: 'inet', name: 'remoteconnect' };

export interface RulesetOptions {
  readonly interfaceName: string;
  readonly plantInterface: string;
  /** Of that interface, bytes. */
  readonly mtu: number;
}

export interface RulesetSession {
  readonly clientAddress: string;
  readonly released: readonly ReleasedAddress[];
  readonly translations?: readonly AddressTranslation[];
}

/** Before the image's own firewall (priority 0), so that what it would drop as well is still recorded. */
const FILTER_PRIORITY = -10;
const MANGLE_PRIORITY = -150;
const DESTINATION_NAT_PRIORITY = -100;
const SOURCE_NAT_PRIORITY = 100;

/** The bit of a packet's mark (ip-rule(8), fwmark) that says: it is released. */
const RELEASED_MARK = 0x1_00_00;
/** After the translation of destinations, before the route is looked up. */
const MARK_PRIORITY = -90;

/** Seconds that a flow is remembered after its last packet. */
const FLOW_TIMEOUT = 60;
/** Entries of one flow set: a port scan fills it and no more. */
const FLOW_LIMIT = 4096;

/** IPv4 and TCP headers without options. */
const TCP_HEADERS_BYTES = 40;

const RELEASED = { pair: 'released_pair', host: 'released_host', protocol: 'released_protocol', port: 'released_port' };

/** From a client and the address it uses to the machine's own address. */
const TRANSLATIONS = 'translated';

type Expression = unknown;
type Statement = Readonly<Record<string, unknown>>;

const COUNTER: Statement = { counter: null };
const DROP: Statement = { drop: null };
const ACCEPT: Statement = { accept: null };

/** An address of a session as one side of the tunnel sees it: `toPlant` names it by destination, `toClient` by source. */
type Direction = 'toPlant' | 'toClient';

/**
 * Commands for replaceRuleset that make the table, or make it anew.
 */
export function newWhitelist(options: RulesetOptions, sessions: readonly RulesetSession[]): NftablesObject[] {
  const table = { table: WHITELIST_TABLE };
  return [
    // A table that does not exist cannot be deleted.
    ...[{ add: table }, { delete: table }, { add: table }],
    ...[...releasedSets(), ...flowSets()].map((set) => ({ add: { set } })),
    { add: { map: inTable({ name: TRANSLATIONS, type: ['ipv4_addr', 'ipv4_addr'], map: 'ipv4_addr' }) } },
    ...chains().map((chain) => ({ add: { chain } })),
    ...releasedElements(sessions),
    ...translatedElements(sessions),
    ...rules(options).map((entry) => ({ add: { rule: entry } })),
  ];
}

/**
 * Commands for replaceRuleset that give the table that newWhitelist made other sessions. What the flow sets have
 * recorded stays.
 */
export function changedWhitelist(sessions: readonly RulesetSession[]): NftablesObject[] {
  return [
    ...Object.values(RELEASED).map((name) => ({ flush: { set: inTable({ name }) } })),
    { flush: { map: inTable({ name: TRANSLATIONS }) } },
    ...releasedElements(sessions),
    ...translatedElements(sessions),
  ];
}

function releasedSets(): NftablesObject[] {
  const pair = ['ipv4_addr', 'ipv4_addr'];
  return [
    inTable({ name: RELEASED.pair, type: pair }),
    inTable({ name: RELEASED.host, type: pair }),
    inTable({ name: RELEASED.protocol, type: [...pair, 'inet_proto'] }),
    inTable({ name: RELEASED.port, type: [...pair, 'inet_proto', 'inet_service'] }),
  ];
}

function flowSets(): NftablesObject[] {
  const bounds = { flags: ['timeout'], timeout: FLOW_TIMEOUT, size: FLOW_LIMIT };
  return Object.values(FLOW_SETS).flatMap(({ withPort, withoutPort }) => [
    inTable({ name: withPort, type: ['ipv4_addr', 'ipv4_addr', 'inet_proto', 'inet_service'], ...bounds }),
    inTable({ name: withoutPort, type: ['ipv4_addr', 'ipv4_addr', 'inet_proto'], ...bounds }),
  ]);
}

function chains(): NftablesObject[] {
  const filter = (hook: string) =>
    inTable({ name: hook, type: 'filter', hook, prio: FILTER_PRIORITY, policy: 'accept' });
  const mangle = { type: 'filter', hook: 'forward', prio: MANGLE_PRIORITY, policy: 'accept' };
  return [
    filter('input'),
    filter('forward'),
    filter('output'),
    inTable({ name: 'segment_size', ...mangle }),
    inTable({ name: 'marking', type: 'filter', hook: 'prerouting', prio: MARK_PRIORITY, policy: 'accept' }),
    inTable({ name: 'destination_nat', ...natChain('prerouting', DESTINATION_NAT_PRIORITY) }),
    inTable({ name: 'source_nat', ...natChain('postrouting', SOURCE_NAT_PRIORITY) }),
    ...['judge_from_tunnel', 'judge_from_plant', 'judge_answer'].map((name) => inTable({ name })),
    ...['from_tunnel', 'to_tunnel', 'from_gateway'].map((name) => inTable({ name })),
    ...['pass_from_tunnel', 'pass_to_tunnel', 'refuse'].map((name) => inTable({ name })),
  ];
}

function natChain(hook: string, prio: number) {
  return { type: 'nat', hook, prio, policy: 'accept' };
}

function releasedElements(sessions: readonly RulesetSession[]): NftablesObject[] {
  const elements = new Map<string, Expression[]>();
  const add = (set: string, concat: readonly unknown[]) => {
    const list = elements.get(set) ?? [];
    elements.set(set, [...list, { concat }]);
  };
  for (const { clientAddress, released } of sessions) {
    for (const { address, protocol, port } of released) {
      const pair = [clientAddress, address];
      add(RELEASED.pair, pair);
      if (protocol === undefined) add(RELEASED.host, pair);
      else if (port === undefined) add(RELEASED.protocol, [...pair, protocol]);
      else add(RELEASED.port, [...pair, protocol, port]);
    }
  }
  return [...elements].map(([name, elem]) => ({ add: { element: inTable({ name, elem }) } }));
}

function translatedElements(sessions: readonly RulesetSession[]): NftablesObject[] {
  const elem = sessions.flatMap(({ clientAddress, translations = [] }) =>
    translations.map(({ address, mapped }) => [{ concat: [clientAddress, mapped] }, address]),
  );
  return elem.length === 0 ? [] : [{ add: { element: inTable({ name: TRANSLATIONS, elem }) } }];
}

function rules({ interfaceName, plantInterface, mtu }: RulesetOptions): NftablesObject[] {
  const fromTunnel = matches({ meta: { key: 'iifname' } }, interfaceName);
  const toTunnel = matches({ meta: { key: 'oifname' } }, interfaceName);
  const fromPlant = matches({ meta: { key: 'iifname' } }, plantInterface);
  const toPlant = matches({ meta: { key: 'oifname' } }, plantInterface);
  const maximumSegment = { 'tcp option': { name: 'maxseg', field: 'size' } };
  const isSyn = matches({ '&': [{ payload: { protocol: 'tcp', field: 'flags' } }, ['syn', 'rst']] }, 'syn');
  const clamp = (value: unknown): Statement => ({ mangle: { key: maximumSegment, value } });
  // The segment size that fits the route to the client (nft(8), rt mtu), which knows of a narrow path.
  const ofRoute = { rt: { key: 'mtu' } };
  return [
    rule('input', [fromTunnel, goto('from_tunnel')]),
    rule('forward', [fromTunnel, toPlant, goto('from_tunnel')]),
    rule('forward', [fromTunnel, goto('refuse')]),
    rule('forward', [fromPlant, toTunnel, goto('to_tunnel')]),
    rule('forward', [toTunnel, COUNTER, DROP]),
    // "No route to host", said by the gateway itself about a machine that does not answer.
    rule('output', [toTunnel, icmpType('destination-unreachable'), connectionState('related'), COUNTER, ACCEPT]),
    rule('output', [toTunnel, goto('from_gateway')]),
    rule('marking', [fromTunnel, goto('judge_from_tunnel')]),
    rule('marking', [fromPlant, goto('judge_from_plant')]),
    rule('segment_size', [fromTunnel, isSyn, clamp(mtu - TCP_HEADERS_BYTES)]),
    rule('segment_size', [toTunnel, isSyn, clamp(ofRoute)]),
    rule('destination_nat', [fromTunnel, destinationNat()]),
    rule('source_nat', [toPlant, matches(flowParts('toPlant', 'pair'), `@${RELEASED.pair}`), { masquerade: null }]),

    ...lookUps('toPlant').map((lookUp) => rule('judge_from_tunnel', [lookUp, markReleased(), ACCEPT])),
    rule('judge_from_tunnel', [goto('refuse')]),
    rule('judge_from_plant', [connectionState('established'), goto('judge_answer')]),
    rule('judge_from_plant', [connectionState('related'), isReleasedPair(), markReleased()]),
    ...lookUps('toClient').map((lookUp) => rule('judge_answer', [lookUp, markReleased(), ACCEPT])),

    rule('from_tunnel', [connectionState('invalid'), COUNTER, DROP]),
    rule('from_tunnel', [isMarkedReleased(), goto('pass_from_tunnel')]),
    rule('from_tunnel', [goto('refuse')]),
    ...record('pass_from_tunnel', 'active', 'toPlant'),
    rule('pass_from_tunnel', [COUNTER, ACCEPT]),

    rule('to_tunnel', [connectionState('established'), isMarkedReleased(), goto('pass_to_tunnel')]),
    rule('to_tunnel', [connectionState('related'), isMarkedReleased(), COUNTER, ACCEPT]),
    rule('to_tunnel', [COUNTER, DROP]),
    rule('from_gateway', [connectionState('related'), isReleasedPair(), COUNTER, ACCEPT]),
    rule('from_gateway', [matches(connection('state'), 'established', '!='), COUNTER, DROP]),
    ...lookUps('toClient').map((lookUp) => rule('from_gateway', [lookUp, goto('pass_to_tunnel')])),
    rule('from_gateway', [COUNTER, DROP]),
    ...record('pass_to_tunnel', 'active', 'toClient'),
    ...record('pass_to_tunnel', 'answered', 'toClient'),
    rule('pass_to_tunnel', [COUNTER, ACCEPT]),

    ...record('refuse', 'refused', 'toPlant'),
    rule('refuse', [COUNTER, DROP]),
  ];
}

function lookUps(direction: Direction): Statement[] {
  return [
    matches(flowParts(direction, 'pair'), `@${RELEASED.host}`),
    matches(flowParts(direction, 'protocol'), `@${RELEASED.protocol}`),
    matches(flowParts(direction, 'port'), `@${RELEASED.port}`),
  ];
}

/** Only what has ports is looked up by port; the rest by its protocol alone. */
function record(chain: string, verdict: keyof typeof FLOW_SETS, direction: Direction): NftablesObject[] {
  const { withPort, withoutPort } = FLOW_SETS[verdict];
  const protocol = { meta: { key: 'l4proto' } };
  const portProtocols = { set: ['tcp', 'udp'] };
  const update = (set: string, detail: 'protocol' | 'port'): Statement => ({
    set: { op: 'update', set: `@${set}`, elem: flowParts(direction, detail), stmt: [COUNTER] },
  });
  return [
    rule(chain, [matches(protocol, portProtocols), update(withPort, 'port')]),
    rule(chain, [matches(protocol, portProtocols, '!='), update(withoutPort, 'protocol')]),
  ];
}

/** Client, address, protocol and port of the machine, whichever way the packet goes. */
function flowParts(direction: Direction, detail: 'pair' | 'protocol' | 'port'): Expression {
  const [client, machine, port] = direction === 'toPlant' ? ['saddr', 'daddr', 'dport'] : ['daddr', 'saddr', 'sport'];
  const pair = [ip(client), ip(machine)];
  if (detail === 'pair') return { concat: pair };
  const protocol = { meta: { key: 'l4proto' } };
  if (detail === 'protocol') return { concat: [...pair, protocol] };
  return { concat: [...pair, protocol, { payload: { protocol: 'th', field: port } }] };
}

function destinationNat(): Statement {
  const addr = { map: { key: { concat: [ip('saddr'), ip('daddr')] }, data: `@${TRANSLATIONS}` } };
  return { dnat: { family: 'ip', addr } };
}

function isReleasedPair(): Statement {
  return matches({ concat: [ip('daddr'), ip('saddr')] }, `@${RELEASED.pair}`);
}

function icmpType(type: string): Statement {
  return matches({ payload: { protocol: 'icmp', field: 'type' } }, type);
}

function markReleased(): Statement {
  return { mangle: { key: { meta: { key: 'mark' } }, value: RELEASED_MARK } };
}

function isMarkedReleased(): Statement {
  return matches({ meta: { key: 'mark' } }, RELEASED_MARK);
}

function connectionState(state: string): Statement {
  return matches(connection('state'), state, 'in');
}

function connection(key: string): Expression {
  return { ct: { key } };
}

function ip(field: string | undefined): Expression {
  return { payload: { protocol: 'ip', field } };
}

function matches(left: Expression, right: Expression, op = '=='): Statement {
  return { match: { op, left, right } };
}

function goto(target: string): Statement {
  return { goto: { target } };
}

function rule(chain: string, expr: readonly Statement[]): NftablesObject {
  return inTable({ chain, expr });
}

function inTable(rest: NftablesObject): NftablesObject {
  return { family: WHITELIST_TABLE.family, table: WHITELIST_TABLE.name, ...rest };
}
