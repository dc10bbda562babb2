import { expect, test } from 'vitest';
import { runGrid } from '../netns/grid/grid-fixture.ts';
import { gridProblems } from '../netns/grid/grid-problems.ts';
import type { GridKind } from '../netns/grid/nat-kinds.ts';
import { gridTable } from '../netns/grid/report.ts';

/** Routers of offices, which let each other through, and firewalls that let nobody through; `npm run test:paths` takes all kinds. */
const KINDS: readonly GridKind[] = ['port-restricted', 'symmetric'];
const SECONDS = 90;

test(
  'T2, T5, A2: behind routers, large firewalls and on IPv6 alone, both ends reach the best path without losing a packet',
  async () => {
    const grid = await runGrid({
      ...{ prefix: 'pc', kinds: KINDS, beside: ['ipv6'], rests: false, policy: 'direct-preferred' },
      log: console.log,
    });
    console.log(`\n${gridTable(grid.cells)}\n`);
    expect(gridProblems(grid)).toEqual([]);
  },
  SECONDS * 1000,
);
