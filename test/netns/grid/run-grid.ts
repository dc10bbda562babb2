/**
 * Runs the grid, prints its table, and fails when a cell is not as it must be.
 *
 *     npm run test:paths                      all kinds; writes docs/paths.md when all is well
 *     npm run test:paths -- KIND...           these kinds on both sides; writes nothing
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runGrid } from './grid-fixture.ts';
import { gridProblems } from './grid-problems.ts';
import { GRID_KINDS } from './nat-kinds.ts';
import { gridTable, pathsPage } from './report.ts';

const PAGE = join(import.meta.dirname, '../../../docs/paths.md');

const words = process.argv.slice(2);
const unknown = words.filter((word) => !GRID_KINDS.some((kind) => kind === word));
if (unknown.length > 0) throw new Error(`Unknown kind: ${unknown.join(', ')}. Known: ${GRID_KINDS.join(', ')}.`);
const kinds = words.length === 0 ? GRID_KINDS : GRID_KINDS.filter((kind) => words.includes(kind));
const grid = await runGrid({ prefix: 'gd', kinds, rests: true, policy: 'direct-preferred', log: console.log });
console.log(`\n${gridTable(grid.cells)}\n`);
const problems = gridProblems(grid);
for (const problem of problems) console.log(problem);
console.log(`${grid.cells.length} cells, ${grid.capture.packets} packets, ${problems.length} problems`);
if (problems.length > 0) process.exitCode = 1;
else if (kinds === GRID_KINDS) await writeFile(PAGE, pathsPage(grid.cells));
