/**
 * The grid's result as a table, for people and for docs/paths.md.
 */
import { type RelayReason, relayReason } from '@edgegateway/protocol/relay-reason';
import { RELAY_REASON_SENTENCES } from '@edgegateway/windows-client/core/relay-reason-sentences';
import type { GridCell } from './grid-fixture.ts';
import { GRID_KINDS, NAT_KINDS } from './nat-kinds.ts';

const HEAD = [
  'client',
  'gateway',
  'expected',
  'reached',
  'why not direct',
  'direct after (ms)',
  'sent',
  'lost',
  'duplicates',
  'reordered',
  'largest gap (ms)',
  'lost after a rest',
];

export function gridTable(cells: readonly GridCell[]): string {
  return markdownTable(HEAD, cells.map(rowOf));
}

function rowOf({ client, gateway, expected, reached, reasons, upgradeMs, stream, afterRest }: GridCell): string[] {
  const both =
    reached.client === reached.gateway
      ? (reached.client ?? 'none')
      : `${reached.client ?? 'none'} / ${reached.gateway ?? 'none'}`;
  const counts =
    stream === null
      ? ['0', '-', '-', '-', '-']
      : [stream.sent, stream.lost, stream.duplicates, stream.reordered, stream.largestGapMs].map(String);
  return [
    client,
    gateway,
    expected,
    both,
    reasons.client === reasons.gateway
      ? (reasons.client ?? '-')
      : `${reasons.client ?? '-'} / ${reasons.gateway ?? '-'}`,
    upgradeMs === null ? '-' : String(upgradeMs),
    ...counts,
    String(afterRest?.lost ?? '-'),
  ];
}

/** A table whose columns are aligned in the source too. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** What was seen, and what helps, for the page of integrators. */
const REASONS: Readonly<Record<RelayReason, readonly [seen: string, helps: string]>> = {
  searching: ['The first round of checks is not over: it takes ten seconds.', 'Wait.'],
  'relay-only': ['The client runs with `--path relay-only`.', 'Start the client without it.'],
  'no-common-family': [
    'One end has only IPv4 and the other only IPv6, or an end has no address for a direct path.',
    'Give one of the two the other family too.',
  ],
  'udp-blocked-client': [
    "No STUN server answers the client: a firewall at the technician's side lets no UDP through.",
    'Allow outgoing UDP there, with its answers.',
  ],
  'udp-blocked-gateway': [
    "No STUN server answers the gateway: a firewall at the plant's side lets no UDP through.",
    'Allow outgoing UDP there, with its answers.',
  ],
  'udp-blocked-both': ['No STUN server answers either end.', 'As above; or see whether the STUN servers run.'],
  'nat-client': [
    "Two STUN servers see the client at two ports: its NAT is symmetric, and the gateway's lets in only whom it knows.",
    'Let one of the two NATs keep its outside ports, or forward one.',
  ],
  'nat-gateway': [
    "Two STUN servers see the gateway at two ports: its NAT is symmetric, and the client's lets in only whom it knows.",
    'Let one of the two NATs keep its outside ports, or forward one.',
  ],
  'nat-both': ['Both NATs are symmetric.', 'Let both keep their outside ports, or forward one at either end.'],
  unanswered: [
    'Checks are sent both ways and none arrives: a firewall between the two, or one NAT around both that does not hairpin.',
    'Allow UDP between the two, or let the NAT hairpin.',
  ],
  'wireguard-blocked': [
    "Checks (STUN) arrive and WireGuard's packets do not: a firewall knows and stops them.",
    'Allow WireGuard there.',
  ],
  unstable: [
    'The direct path worked and fell within ten seconds, perhaps again and again.',
    'See whether the line or the gateway is overloaded.',
  ],
  'path-lost': ['The direct path worked until a moment ago.', 'Nothing: another one is being looked for.'],
};

/** docs/paths.md */
export function pathsPage(cells: readonly GridCell[]): string {
  const kinds = GRID_KINDS.map((kind) => [NAT_KINDS[kind].title, NAT_KINDS[kind].meaning]);
  const reasons = relayReason.options.map((reason) => [RELAY_REASON_SENTENCES[reason], ...REASONS[reason], reason]);
  return `# Which networks the direct path passes

Data flows over a relay first. Then both ends look for a direct path: they learn their outside addresses from STUN servers, tell them to each
other over the relay, and send to each other at the same time. What comes of it depends on the NAT or firewall in front of each end. Where no direct
path exists the relay carries on, over TCP 443, through an HTTP proxy if that is the only way.

${markdownTable(['network', 'what it is'], kinds)}

A direct path needs UDP on both sides. It fails only where one side is symmetric and the other looks at ports (port-restricted, CGNAT,
symmetric): let such a firewall keep its outside ports for UDP, or forward one, if the direct path matters to you. Behind one NAT the two ends find
each other by their inside addresses, or by the outside one if the NAT can hairpin.

## Why a path is not direct

The client prints the reason; the session's page in the cloud and the AMS of the gateway show it in the user's language.

${markdownTable(['the client says', 'what was seen', 'what helps', 'code'], reasons)}

## Measured

One run of \`npm run test:paths\`, which writes this page: all pairs beside each other in network namespaces of one computer. A stream of UDP packets goes
through each tunnel and back, 20 a second, from before the tunnel is there until after the last pair has its path. Then all streams rest for
longer than the proxies let a silent connection stand, and go on. Times are those of a busy computer, not of the tunnel.

${gridTable(cells)}
`;
}
