/**
 * What the gateway's rules cost where the kernel is alone with the packets: one stream between a client and a machine
 * through kernel WireGuard, under the gateway's rules, against the same WireGuard with masquerading alone.
 */
import type { Bench } from './bench.ts';
import type { MeasuredResult } from './bench-result.ts';
import { startKernelPathGuest } from './kernel-path-guest.ts';
import { measureAgainst } from './measure.ts';

/** By the guest's clock, instructions: they differed by less than two hundredths from run to run. */
const RUNS = 3;

const WAYS = [
  { figure: 'one TCP stream to the machine', options: ['--time', '1'] },
  { figure: 'one TCP stream from the machine', options: ['--time', '1', '--reverse'] },
] as const;

export const kernelPathBench: Bench = {
  name: 'kernel-path',
  async run(directory) {
    const guest = await startKernelPathGuest(directory);
    try {
      const results: MeasuredResult[] = [];
      for (const { figure, options } of WAYS) {
        const under = (rules: 'ours' | 'by-hand') => async () => {
          await guest.follow(rules);
          return guest.stream(options);
        };
        results.push(
          await measureAgainst({ name: 'kernel-path', figure, unit: 'Mbit/s', runs: RUNS }, under('ours'), {
            name: 'kernel WireGuard by hand',
            run: under('by-hand'),
          }),
        );
      }
      return results;
    } finally {
      await guest.close();
    }
  },
};
