/**
 * A control group (cgroups(7)) of one run's own, for the containers that it boots: systemd-nspawn makes two below the group
 * in which it is started, always under the same names, so that two runs need two. A group carries its owner's process
 * id and start time, and what a dead owner left is ended and removed before the next one is made.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTimeOf } from './lab/start-time.ts';
import { until } from './lab/until.ts';

/** In this environment variable the tests find the name of their run's group. */
export const CONTROL_GROUP = 'TEST_CONTROL_GROUP';

const PREFIX = 'edgegateway-test-';
const END_SECONDS = 10;

/** Where processes are grouped: cgroup2, and systemd's own version 1 hierarchy where the host has one beside it. */
export async function groupHierarchies(): Promise<readonly string[]> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' '));
  return mounts
    .filter(([, , type, flags = '']) => type === 'cgroup2' || (type === 'cgroup' && flags.includes('name=systemd')))
    .map(([, folder = '']) => folder);
}

/**
 * Gives `work` the name of a new group, and afterwards ends what is left in it. Runs outside of any PID namespace, where
 * a process has one number for everyone.
 */
export async function withControlGroup<T>(work: (name: string) => Promise<T>): Promise<T> {
  const hierarchies = await groupHierarchies();
  await sweep(hierarchies);
  const name = `${PREFIX}${process.pid}-${startTimeOf(process.pid)}`;
  for (const hierarchy of hierarchies) await mkdir(join(hierarchy, name), { recursive: true });
  try {
    return await work(name);
  } finally {
    for (const hierarchy of hierarchies) await removeGroup(join(hierarchy, name));
  }
}

async function sweep(hierarchies: readonly string[]): Promise<void> {
  for (const hierarchy of hierarchies) {
    for (const name of await readdir(hierarchy)) {
      const [, pid, startTime] = /^edgegateway-test-(\d+)-(\d+)$/.exec(name) ?? [];
      if (pid !== undefined && startTimeOf(Number(pid)) !== startTime) await removeGroup(join(hierarchy, name));
    }
  }
}

async function removeGroup(group: string): Promise<void> {
  if (!existsSync(group)) return;
  const kill = join(group, 'cgroup.kill');
  if (existsSync(kill)) await writeFile(kill, '1');
  await until(`${group} is removed`, () => removeFolders(group).then(() => true), END_SECONDS);
}

/** The kernel's files in a group go with it; a group whose processes are still ending is busy (EBUSY). */
async function removeFolders(group: string): Promise<void> {
  for (const entry of await readdir(group, { withFileTypes: true }))
    if (entry.isDirectory()) await removeFolders(join(group, entry.name));
  await rmdir(group);
}
