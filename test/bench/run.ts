/**
 * Measures, prints a table and writes `results.json` beside this file (docs/performance.md says how each figure is
 * taken). A benchmark that fails is told, and the others still run.
 *
 *     node run.ts               everything
 *     node run.ts stun relay    these only
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { benchResults, type MeasuredResult } from './bench-result.ts';
import { goalsWithoutFigure, withGoals } from './goals.ts';
import { installHostPackages } from './host-packages.ts';
import { benchesNamed } from './registry.ts';
import { resultTable } from './table.ts';

const LOGS = join(import.meta.dirname, '../../build/bench');

async function main(names: readonly string[]): Promise<void> {
  const benches = benchesNamed(names);
  await installHostPackages();
  const measured: MeasuredResult[] = [];
  for (const bench of benches) {
    const start = performance.now();
    console.log(`${bench.name} ...`);
    const directory = join(LOGS, bench.name);
    try {
      await rm(directory, { recursive: true, force: true });
      await mkdir(directory, { recursive: true });
      measured.push(...(await bench.run(directory)));
    } catch (error) {
      console.error(`${bench.name} failed; its logs are in ${directory}.`, error);
      process.exitCode = 1;
    }
    console.log(`${bench.name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
  }
  const results = withGoals(measured);
  const file = join(import.meta.dirname, 'results.json');
  await writeFile(file, `${JSON.stringify(benchResults.parse(results), null, 2)}\n`);
  console.log(`\n${resultTable(results)}\n\nwritten to ${file}`);
  const orphans = goalsWithoutFigure(measured);
  if (orphans.length > 0) throw new Error(`There is a goal, and no figure, for ${orphans.join(', ')} (goals.ts).`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
