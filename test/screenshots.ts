/**
 * Plays the story and puts the picture of every scene into docs/screenshots, and one of the screen of the image.
 *
 *     npm run screenshots
 */
import { spawn } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { RUN_DIRECTORY } from './lab/run-directory.ts';
import { runLab } from './lab/run-lab.ts';

const folder = join(import.meta.dirname, '../docs/screenshots');

const pictures = join(RUN_DIRECTORY, 'screenshots');

/** @returns the exit status of the machine's program */
async function pictureOfConsole(): Promise<number> {
  const program = join(import.meta.dirname, '../image/qemu/run.ts');
  const argv = [program, '--network', 'none', '--screenshot', join(pictures, 'console.png'), '--once'];
  const child = spawn(execPath, argv, { stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

const story = await runLab({
  options: { gateway: 'container', gateways: 1, check: true, console: false },
  signal: new AbortController().signal,
  ended: () => undefined,
  started: () => undefined,
  cloudRunning: () => undefined,
  running: () => undefined,
});
const status = story === 0 ? await pictureOfConsole() : story;
if (status === 0) {
  await rm(folder, { recursive: true, force: true });
  await cp(pictures, folder, { recursive: true });
}
process.exit(status);
