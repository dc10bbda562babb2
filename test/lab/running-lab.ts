/** What `npm start` tells the commands that are used beside it, for example `npm run technician`. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';

const FILE = '/run/edgegateway-lab.json';
const LOCK_FILE = '/run/edgegateway-lab.lock';

const runningLab = z.strictObject({
  officeNamespace: z.string(),
  caFile: z.string(),
  clientInterface: z.string(),
  logDirectory: z.string(),
});
export type RunningLab = z.infer<typeof runningLab>;

export const RUNNING_LAB_LOCK = LOCK_FILE;

export async function announceLab(lab: RunningLab): Promise<void> {
  await writeFile(FILE, JSON.stringify(lab), { mode: 0o600 });
}

export async function withdrawLab(): Promise<void> {
  await rm(FILE, { force: true });
}

/** @throws Error that says what to do when no laboratory is running */
export async function findLab(): Promise<RunningLab> {
  let text: string;
  try {
    text = await readFile(FILE, 'utf8');
  } catch (cause) {
    throw new Error(
      'No laboratory is running. Start one with "npm start" in another terminal and wait for its addresses.',
      {
        cause,
      },
    );
  }
  return runningLab.parse(JSON.parse(text));
}
