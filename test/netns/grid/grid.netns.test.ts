import { beforeAll, expect, test } from 'vitest';
import { type GridResult, runGrid } from './grid-fixture.ts';
import type { GridKind } from './nat-kinds.ts';
import { gridTable } from './report.ts';

/** Each says something that the others do not; `npm run grid` takes all. */
const KINDS: readonly GridKind[] = ['open', 'port-restricted', 'symmetric', 'proxy-only'];

let grid: GridResult;

beforeAll(async () => {
  grid = await runGrid({ prefix: 'gr', kinds: KINDS, policy: 'direct-preferred', log: console.log });
  console.log(`\n${gridTable(grid.cells)}\n`);
}, 300_000);

test('T2: every pair of networks reaches the best path that they allow, and both ends say so', () => {
  for (const { client, gateway, expected, reached } of grid.cells)
    expect.soft(reached, `${client}, ${gateway}`).toEqual({ client: expected, gateway: expected });
});

test('T5: from the first packet over the relay on, none is lost and none comes twice', () => {
  for (const { client, gateway, stream } of grid.cells)
    expect.soft(stream, `${client}, ${gateway}`).toMatchObject({ lost: 0, duplicates: 0 });
});

test('T5: after a rest longer than the patience of proxies the streams go on without a loss, on the same connections', () => {
  for (const { client, gateway, afterRest, brokenRelayConnections } of grid.cells) {
    expect.soft(afterRest, `${client}, ${gateway}`).toMatchObject({ lost: 0, duplicates: 0 });
    expect.soft(brokenRelayConnections, `${client}, ${gateway}`).toBe(0);
  }
});

test('T2: what is called relay sends nothing from site to site', () => {
  for (const { client, gateway, expected, directPackets } of grid.cells)
    if (expected === 'relay') expect.soft(directPackets, `${client}, ${gateway}`).toBe(0);
});

test('T2: no packet on the internet has a wrong UDP checksum', () => {
  expect(grid.capture.badChecksums).toEqual([]);
});

test('A2: nothing of the packets inside the tunnels is on the internet in clear', () => {
  expect(grid.capture.packets).toBeGreaterThan(0);
  expect(grid.capture.inClear).toBe(0);
});
