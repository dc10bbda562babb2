/**
 * Plays the story and puts the picture of every scene into docs/screenshots.
 *
 *     npm run screenshots
 */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RUN_DIRECTORY } from './lab/run-directory.ts';
import { runLab } from './lab/run-lab.ts';

const folder = join(import.meta.dirname, '../docs/screenshots');

const status = await runLab({
  options: { gateway: 'container', check: true },
  signal: new AbortController().signal,
  ended: () => undefined,
  started: () => undefined,
  running: () => undefined,
});
if (status === 0) {
  await rm(folder, { recursive: true, force: true });
  await cp(join(RUN_DIRECTORY, 'screenshots'), folder, { recursive: true });
}
process.exit(status);
