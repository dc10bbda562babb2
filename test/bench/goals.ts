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

/**
 * A figure with a limit is compared with it as with a peer: a ratio of 1 and more keeps it.
 * @throws Error when one of the goals belongs to no figure of its benchmark, which has then been renamed
 */
export function withGoals(results: readonly MeasuredResult[], goals: Goals = GOALS): BenchResult[] {
  for (const name of new Set(results.map((result) => result.name))) {
    const figures = new Set(results.filter((result) => result.name === name).map(({ figure }) => figure));
    const unknown = Object.keys(goals[name] ?? {}).filter((figure) => !figures.has(figure));
    if (unknown.length > 0) throw new Error(`Goals of ${name} that belong to no figure: ${unknown.join(', ')}.`);
  }
  return results.map((result) => {
    const goal = goals[result.name]?.[result.figure];
    if (goal === undefined) return { ...result, goal: null };
    if ('ratio' in goal) return { ...result, goal: goal.ratio };
    return { ...result, peer: 'at most', peerValue: goal.limit, ratio: goal.limit / result.value, goal: 1 };
  });
}
