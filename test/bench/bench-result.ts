import { z } from 'zod';

/** One figure of one run of the benchmarks, as `results.json` holds it. */
export const benchResult = z.strictObject({
  /** The benchmark's name, as `npm run bench -- NAME` takes it. */
  name: z.string().min(1),
  figure: z.string().min(1),
  /** Median over `runs`. */
  value: z.number(),
  unit: z.string().min(1),
  /** Whom it is measured against, in the same run and on the same traffic; null where there is nobody. */
  peer: z.string().min(1).nullable(),
  peerValue: z.number().nullable(),
  /** `value` divided by `peerValue`. */
  ratio: z.number().nullable(),
  runs: z.int().min(1),
});
export type BenchResult = z.infer<typeof benchResult>;

export const benchResults = z.array(benchResult);
