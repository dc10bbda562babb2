/**
 * Writes an integrator's settings onto a stick that a gateway reads at its next boot.
 *
 *     node image/provision.ts --settings settings.json [--ca ca.pem] --file stick.img
 *     node image/provision.ts --settings settings.json [--ca ca.pem] --device /dev/sdX [--not-removable]
 *
 * --device replaces everything on that stick.
 */
import { copyFile, mkdtemp, open, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { GatewaySettings } from '@edgegateway/protocol/gateway-files';
import { ImageError, tell } from './errors.ts';
import { logToStandardOutput } from './progress.ts';
import { checkCertificates, checkSettings } from './provisioning-settings.ts';
import { runCommand } from './run-command.ts';
import { diskFacts, refuseUnlessStick } from './usb-disk.ts';

/** The gateway looks for a file system of this name. */
export const STICK_LABEL = 'EDGEGATEWAY';
const STICK_BYTES = 8 * 1024 * 1024;

/**
 * Makes a small FAT file system with the settings as `settings.json` and the certification authority as `ca.pem`.
 * @param caPem PEM certificates, or null where the cloud's certificates come from a public authority
 * @throws ImageError missing-tool, command-failed
 */
export async function makeStickImage(file: string, settings: GatewaySettings, caPem: string | null): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'edgegateway-stick-'));
  try {
    const image = join(folder, 'stick.img');
    await writeFile(image, '');
    await truncate(image, STICK_BYTES);
    await runCommand('mkfs.fat', ['-n', STICK_LABEL, image]);
    await writeFile(join(folder, 'settings.json'), `${JSON.stringify(settings, null, 2)}\n`);
    const files = [join(folder, 'settings.json')];
    if (caPem !== null) {
      await writeFile(join(folder, 'ca.pem'), caPem);
      files.push(join(folder, 'ca.pem'));
    }
    await runCommand('mcopy', ['-i', image, ...files, '::']);
    await copyFile(image, `${file}.new`);
    await rename(`${file}.new`, file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeToDevice(image: string, device: string): Promise<void> {
  const target = await open(device, 'r+');
  try {
    await target.write(await readFile(image), 0, STICK_BYTES, 0);
    await target.sync();
  } finally {
    await target.close();
  }
}

async function readInput(option: string, path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    const problem = error instanceof Error ? error.message : String(error);
    throw new ImageError('bad-settings', `The file of ${option} cannot be read: ${problem}`, { cause: error });
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      settings: { type: 'string' },
      ca: { type: 'string' },
      file: { type: 'string' },
      device: { type: 'string' },
      'not-removable': { type: 'boolean', default: false },
    },
  });
  const { settings: settingsFile, ca, file, device } = values;
  if (settingsFile === undefined || (file === undefined) === (device === undefined)) {
    throw new ImageError('bad-settings', 'Needed: --settings FILE, and either --file FILE or --device DISK.');
  }
  const settings = checkSettings(await readInput('--settings', settingsFile));
  const caPem = ca === undefined ? null : checkCertificates(await readInput('--ca', ca), new Date());
  if (file !== undefined) {
    await makeStickImage(file, settings, caPem);
  } else if (device !== undefined) {
    refuseUnlessStick(await diskFacts(device), values['not-removable']);
    const folder = await mkdtemp(join(tmpdir(), 'edgegateway-stick-'));
    try {
      await makeStickImage(join(folder, 'stick.img'), settings, caPem);
      await writeToDevice(join(folder, 'stick.img'), device);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  logToStandardOutput(`written to ${file ?? device}: plug it in before the gateway boots`);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    process.exitCode = tell(error);
  }
}
