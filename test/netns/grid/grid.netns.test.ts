import { expect, test } from 'vitest';
import { runGrid } from './grid-fixture.ts';
import { gridProblems } from './grid-problems.ts';
import type { GridKind } from './nat-kinds.ts';
import { gridTable } from './report.ts';

/** Each says something that the others do not; `npm run test:paths` takes all. */
const KINDS: readonly GridKind[] = ['open', 'port-restricted', 'symmetric', 'proxy-only'];

test('T2, T5, A2: every pair of networks reaches the best path that they allow; no packet is lost, comes twice or is in clear', async () => {
  const grid = await runGrid({ prefix: 'gr', kinds: KINDS, rests: true, policy: 'direct-preferred', log: console.log });
  console.log(`\n${gridTable(grid.cells)}\n`);
  expect(gridProblems(grid)).toEqual([]);
}, 300_000);
