/**
 * Runs once at boot, as root, when a file system labelled EDGEGATEWAY is plugged in. Whatever is wrong with the stick,
 * the gateway goes on with the settings that it has; the journal says why.
 */
import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { applyStick, GATEWAY_TARGETS } from './apply.ts';

const DEVICE = '/dev/disk/by-label/EDGEGATEWAY';
const MOUNT_SECONDS = 30;

const run = promisify(execFile);

async function main(): Promise<void> {
  // The unit gives this program a mount namespace of its own; the mount goes with it.
  const directory = await mkdtemp(join(tmpdir(), 'stick-'));
  await run('mount', ['-t', 'vfat', '-o', 'ro,nosuid,nodev,noexec', DEVICE, directory], {
    timeout: MOUNT_SECONDS * 1000,
  });
  const done = await applyStick(directory, GATEWAY_TARGETS);
  for (const sentence of done) console.log(sentence);
}

main().catch((error: unknown) => {
  console.error(`The provisioning stick was not used: ${error instanceof Error ? error.message : String(error)}`);
});
