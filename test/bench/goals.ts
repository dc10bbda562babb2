/** What figures are to reach, and how far they are from it. */
import type { BenchResult, MeasuredResult } from './bench-result.ts';

/** `ratio`: to the peer, at least. `limit`: in the figure's unit, at most. */
export type Goal = { readonly ratio: number } | { readonly limit: number };

/** By benchmark, then by figure. */
export type Goals = Readonly<Record<string, Readonly<Record<string, Goal>>>>;

export const GOALS: Goals = {
  stun: { answers: { ratio: 1 } },
  relay: { 'one pair': { ratio: 1 }, '100 pairs': { ratio: 1 } },
  'client-path': { 'one TCP stream, direct': { ratio: 0.8 } },
  'kernel-path': {
    'one TCP stream to the machine': { ratio: 0.98 },
    'one TCP stream from the machine': { ratio: 0.98 },
  },
  upgrade: { 'relay met -> direct path': { limit: 1.5 } },
  failover: { 'direct path dies -> relay carries': { limit: 1.5 } },
  roam: { 'largest gap': { limit: 1 } },
  memory: { 'each further session': { limit: 1 } },
  session: {
    'start -> first answer of the machine': { limit: 1 },
    'switch off -> last packet at the machine': { limit: 0.1 },
    "memory of the gateway's service, one session": { limit: 130 },
  },
  image: {
    download: { limit: 250 },
    "power -> the AMS's first page": { limit: 60 },
    'memory, remoteConnect off': { limit: 350 },
  },
};

/** Of the benchmarks that have results: what has a goal and no figure, because one of them was renamed. */
export function goalsWithoutFigure(results: readonly MeasuredResult[], goals: Goals = GOALS): string[] {
  return [...new Set(results.map(({ name }) => name))].flatMap((name) => {
    const figures = new Set(results.filter((result) => result.name === name).map(({ figure }) => figure));
    const wanted = Object.keys(goals[name] ?? {});
    return wanted.filter((figure) => !figures.has(figure)).map((figure) => `${name}: ${figure}`);
  });
}

/** A figure with a limit is compared with it as with a peer: a ratio of 1 and more keeps it. */
export function withGoals(results: readonly MeasuredResult[], goals: Goals = GOALS): BenchResult[] {
  return results.map((result) => {
    const goal = goals[result.name]?.[result.figure];
    if (goal === undefined) return { ...result, goal: null };
    if ('ratio' in goal) return { ...result, goal: goal.ratio };
    return { ...result, peer: 'at most', peerValue: goal.limit, ratio: goal.limit / result.value, goal: 1 };
  });
}
