/**
 * Runs the grid and prints its table.
 *
 *     npm run grid                      all kinds; writes docs/connectivity.md
 *     npm run grid -- KIND...           these kinds on both sides; prints only
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runGrid } from './grid-fixture.ts';
import { GRID_KINDS } from './nat-kinds.ts';
import { connectivityPage, gridTable } from './report.ts';

const PAGE = join(import.meta.dirname, '../../../docs/connectivity.md');

const words = process.argv.slice(2);
const unknown = words.filter((word) => !GRID_KINDS.some((kind) => kind === word));
if (unknown.length > 0) throw new Error(`Unknown kind: ${unknown.join(', ')}. Known: ${GRID_KINDS.join(', ')}.`);
const kinds = words.length === 0 ? GRID_KINDS : GRID_KINDS.filter((kind) => words.includes(kind));
const { cells, capture } = await runGrid({ prefix: 'gd', kinds, policy: 'direct-preferred', log: console.log });
console.log(`\n${gridTable(cells)}\n`);
console.log(`${capture.badChecksums.length} bad UDP checksums, ${capture.inClear} inner packets in clear`);
if (kinds === GRID_KINDS) await writeFile(PAGE, connectivityPage(cells));
