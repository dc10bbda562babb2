import type { GridCell, GridResult } from './grid-fixture.ts';

/** What of a grid is not as it must be (T2, T5, A2), a sentence each. */
export function gridProblems({ cells, capture }: GridResult): readonly string[] {
  return [
    ...cells.flatMap((cell) => problemsOf(cell).map((problem) => `${cell.client}, ${cell.gateway}: ${problem}`)),
    ...capture.badChecksums.map((packet) => `a wrong UDP checksum: ${packet}`),
    ...(capture.packets === 0 ? ['the capture of the internet holds no packet'] : []),
    ...(capture.inClear === 0 ? [] : [`${capture.inClear} packets of the tunnels were on the internet in clear`]),
  ];
}

function problemsOf({
  expected,
  reached,
  expectedReason,
  reasons,
  stream,
  afterRest,
  brokenRelayConnections,
  directPackets,
}: GridCell): readonly string[] {
  const found: string[] = [];
  for (const end of ['client', 'gateway'] as const) {
    if (reached[end] !== expected) found.push(`the ${end} says ${reached[end] ?? 'none'}, not ${expected}`);
    if (reasons[end] !== expectedReason)
      found.push(`the ${end} says ${reasons[end] ?? 'nothing'} of why, not ${expectedReason ?? 'nothing'}`);
  }
  for (const [when, report] of Object.entries({ 'at first': stream, 'after a rest': afterRest })) {
    if (report === undefined) continue;
    if (report === null) found.push(`no packet was answered ${when}`);
    else if (report.lost + report.duplicates > 0)
      found.push(`${report.lost} packets lost and ${report.duplicates} doubled ${when}`);
  }
  if (brokenRelayConnections > 0) found.push(`${brokenRelayConnections} relay connections broke`);
  if (expected === 'relay' && directPackets > 0) found.push(`${directPackets} packets went from site to site`);
  return found;
}
