/**
 * Plays the story in the namespace laboratory and keeps a picture of every scene in docs/screenshots.
 *
 *     npm run screenshots
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Laboratory, startLaboratory } from './lab/laboratory.ts';
import { Steps } from './lab/steps.ts';
import { playStory, type Watcher } from './story/story.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'docs/screenshots');

/** The AMS is used on a phone and at a desk; the cloud at a desk. */
const DESKTOP = { width: 1280, height: 800 };

const keep: Watcher = async (scene, page) => {
  const phone = page.viewportSize() ?? DESKTOP;
  await page.screenshot({ path: join(folder, `${scene}.png`), animations: 'disabled' });
  if (phone.width >= DESKTOP.width) return;
  await page.setViewportSize(DESKTOP);
  await page.screenshot({ path: join(folder, `${scene}-desktop.png`), animations: 'disabled' });
  await page.setViewportSize(phone);
};

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const steps = new Steps((line) => console.log(line));
let lab: Laboratory | undefined;
try {
  lab = await startLaboratory({
    prefix: 'ss',
    gateway: 'programs',
    directory: join(root, 'build/lab-screenshots'),
    steps,
  });
  await playStory(lab, steps, keep);
} finally {
  await lab?.close();
}
