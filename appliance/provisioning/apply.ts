/** Takes the settings of a mounted stick over into the gateway's files. */
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GATEWAY_PATHS } from '@edgegateway/protocol/gateway-files';
import { writeIfChanged } from './atomic-file.ts';
import {
  CERTIFICATE_FILE,
  LIMIT_BYTES,
  networkDropIn,
  parseCertificates,
  parseSettings,
  SETTINGS_FILE,
  StickError,
} from './stick.ts';

export interface ProvisioningTargets {
  settings: string;
  ca: string;
  /** Drop-in of the plant side's network file. */
  network: string;
}

export const GATEWAY_TARGETS: ProvisioningTargets = {
  settings: GATEWAY_PATHS.settings,
  ca: GATEWAY_PATHS.ca,
  network: '/etc/systemd/network/20-lan0.network.d/provisioned.conf',
};

/**
 * Everything on the stick is checked before the first file is written. What the stick says is the whole truth: without
 * a certificate on it, one from an earlier stick goes.
 * @returns sentences for the journal
 * @throws StickError when the stick cannot be used; nothing was changed then
 */
export async function applyStick(stick: string, targets: ProvisioningTargets): Promise<string[]> {
  const settingsText = await readLimited(join(stick, SETTINGS_FILE));
  if (settingsText === null) throw new StickError(`The stick has no ${SETTINGS_FILE}.`);
  const settings = parseSettings(settingsText);
  const certificateText = await readLimited(join(stick, CERTIFICATE_FILE));
  const certificates = certificateText === null ? null : parseCertificates(certificateText);

  const done: string[] = [];
  await mkdir(dirname(targets.network), { recursive: true });
  if (await writeIfChanged(targets.settings, `${JSON.stringify(settings, null, 2)}\n`)) {
    done.push('The settings of the stick were taken over.');
  }
  if (certificates === null) {
    await rm(targets.ca, { force: true });
  } else if (await writeIfChanged(targets.ca, certificates)) {
    done.push('The certification authority of the stick was taken over.');
  }
  if (await writeIfChanged(targets.network, networkDropIn(settings))) {
    done.push(`The address towards the machines is ${settings.network.lan.address}.`);
  }
  return done.length === 0 ? ['The stick says what already holds.'] : done;
}

/** @returns null when there is no such file */
async function readLimited(path: string): Promise<string | null> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  try {
    const status = await file.stat();
    if (!status.isFile() || status.size > LIMIT_BYTES) {
      throw new StickError(`${path} must be a file of at most ${LIMIT_BYTES} bytes.`);
    }
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
