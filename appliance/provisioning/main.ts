/**
 * Runs once at boot, as root, when a file system labelled EDGEGATEWAY is plugged in. Whatever is wrong with the stick,
 * the gateway goes on with the settings that it has; the journal says why.
 */
import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GATEWAY_PATHS } from '@edgegateway/protocol/gateway-files';
import { applyStick } from './apply.ts';

const DEVICE = '/dev/disk/by-label/EDGEGATEWAY';
const NETWORK_DROP_IN = '/etc/systemd/network/20-lan0.network.d/provisioned.conf';
const MOUNT_SECONDS = 30;

const run = promisify(execFile);

async function main(): Promise<void> {
  // The unit gives this program a mount namespace of its own; the mount goes with it.
  const directory = await mkdtemp(join(tmpdir(), 'stick-'));
  await run('mount', ['-t', 'vfat', '-o', 'ro,nosuid,nodev,noexec', DEVICE, directory], {
    timeout: MOUNT_SECONDS * 1000,
  });
  const done = await applyStick(directory, {
    settings: GATEWAY_PATHS.settings,
    ca: GATEWAY_PATHS.ca,
    network: NETWORK_DROP_IN,
  });
  for (const sentence of done) console.log(sentence);
}

main().catch((error: unknown) => {
  console.error(`The provisioning stick was not used: ${error instanceof Error ? error.message : String(error)}`);
});
