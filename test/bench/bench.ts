import type { MeasuredResult } from './bench-result.ts';

export interface Bench {
  /** As `npm run bench -- NAME` takes it. */
  readonly name: string;
  /** @param directory an empty folder of its own for settings and logs */
  run(directory: string): Promise<MeasuredResult[]>;
}
