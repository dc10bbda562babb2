/**
 * How every figure is taken: several runs, the median of them, and the peer's run right after each of ours, because
 * what else the machine does changes from second to second.
 */
import type { MeasuredResult } from './bench-result.ts';
import { median } from './median.ts';

export type Run = () => Promise<number>;

export interface Figure {
  readonly name: string;
  readonly figure: string;
  readonly unit: string;
  readonly runs: number;
}

export async function measureAlone(figure: Figure, ours: Run): Promise<MeasuredResult> {
  const values: number[] = [];
  for (let run = 0; run < figure.runs; run += 1) values.push(await ours());
  return { ...figure, value: median(values), peer: null, peerValue: null, ratio: null };
}

export interface Peer {
  readonly name: string;
  readonly run: Run;
}

/** Ours, peer, ours, peer ... */
export async function measureAgainst(figure: Figure, ours: Run, peer: Peer): Promise<MeasuredResult> {
  const values: number[] = [];
  const peerValues: number[] = [];
  for (let run = 0; run < figure.runs; run += 1) {
    values.push(await ours());
    peerValues.push(await peer.run());
  }
  const value = median(values);
  const peerValue = median(peerValues);
  return { ...figure, value, peer: peer.name, peerValue, ratio: value / peerValue };
}

/** One run gives several figures: the median of each, in the order of the first run. */
export function mediansOf(
  name: string,
  unit: string,
  runs: readonly Readonly<Record<string, number>>[],
): MeasuredResult[] {
  return Object.keys(runs[0] ?? {}).map((figure) => {
    const values = runs.map((run) => run[figure]).filter((value) => value !== undefined);
    return { name, figure, unit, runs: values.length, value: median(values), peer: null, peerValue: null, ratio: null };
  });
}
