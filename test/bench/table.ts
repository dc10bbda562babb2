import type { BenchResult } from './bench-result.ts';

const HEAD = ['bench', 'figure', 'value', 'unit', 'peer', 'peer value', 'ratio', 'goal', 'runs'] as const;
const TEXT_COLUMNS: ReadonlySet<string> = new Set(['bench', 'figure', 'unit', 'peer']);

/** The results as a table for people, one line each below the head. */
export function resultTable(results: readonly BenchResult[]): string {
  const rows = results.map(({ name, figure, value, unit, peer, peerValue, ratio, goal, runs }) => [
    name,
    figure,
    rounded(value),
    unit,
    peer ?? '-',
    peerValue === null ? '-' : rounded(peerValue),
    ratio === null ? '-' : ratio.toFixed(2),
    goal === null ? '-' : String(goal),
    String(runs),
  ]);
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return TEXT_COLUMNS.has(HEAD[column] ?? '') ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd();
  return [line(HEAD), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** Three digits that count; whole numbers from 100 on. */
function rounded(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toString() : Number(value.toPrecision(3)).toString();
}
