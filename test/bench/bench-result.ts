import { z } from 'zod';

/** What a benchmark has measured. */
export const measuredResult = z.strictObject({
  /** The benchmark's name, as `npm run bench -- NAME` takes it. */
  name: z.string().min(1),
  figure: z.string().min(1),
  /** Median over `runs`. */
  value: z.number(),
  unit: z.string().min(1),
  /** Whom it is measured against, in the same run and on the same traffic; null where there is nobody. */
  peer: z.string().min(1).nullable(),
  peerValue: z.number().nullable(),
  /** `value` divided by `peerValue`, or the other way round where less is better: larger is better. */
  ratio: z.number().nullable(),
  runs: z.int().min(1),
});
export type MeasuredResult = z.infer<typeof measuredResult>;

/** One figure of one run of the benchmarks, as `results.json` holds it. */
const benchResult = measuredResult.extend({
  /** What `ratio` is to reach; null where nothing is to be reached. */
  goal: z.number().nullable(),
});
export type BenchResult = z.infer<typeof benchResult>;

export const benchResults = z.array(benchResult);
