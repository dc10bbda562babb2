/**
 * The grid's result as a table, for people and for docs/paths.md.
 */
import type { GridCell } from './grid-fixture.ts';
import { GRID_KINDS, NAT_KINDS } from './nat-kinds.ts';

const HEAD = [
  'client',
  'gateway',
  'expected',
  'reached',
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

function rowOf({ client, gateway, expected, reached, upgradeMs, stream, afterRest }: GridCell): string[] {
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

/** docs/paths.md */
export function pathsPage(cells: readonly GridCell[]): string {
  const kinds = GRID_KINDS.map((kind) => [NAT_KINDS[kind].title, NAT_KINDS[kind].meaning]);
  return `# Which networks the direct path passes

Data flows over a relay first. Then both ends look for a direct path: they learn their outside addresses from STUN servers, tell them to each
other over the relay, and send to each other at the same time. What comes of it depends on the NAT or firewall in front of each end. Where no direct
path exists the relay carries on, over TCP 443, through an HTTP proxy if that is the only way.

${markdownTable(['network', 'what it is'], kinds)}

A direct path needs UDP on both sides. It fails only where one side is symmetric and the other looks at ports (port-restricted, CGNAT,
symmetric): let such a firewall keep its outside ports for UDP, or forward one, if the direct path matters to you. Behind one NAT the two ends find
each other by their inside addresses, or by the outside one if the NAT can hairpin.

## Measured

One run of \`npm run test:paths\`, which writes this page: all pairs beside each other in network namespaces of one computer. A stream of UDP packets goes
through each tunnel and back, 20 a second, from before the tunnel is there until after the last pair has its path. Then all streams rest for
longer than the proxies let a silent connection stand, and go on. Times are those of a busy computer, not of the tunnel.

${gridTable(cells)}
`;
}
