/**
 * Boots the gateway's image in QEMU, for testers: `npm run qemu -- --help` tells the switches.
 *
 * Nothing of it outlives this process: the machine dies with it, and a throw-away disk is removed.
 */
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildImage, buildQemu } from '../build.ts';
import { ImageError, tell } from '../errors.ts';
import { logToStandardOutput } from '../progress.ts';
import { copyDisk, createOverlay } from './disks.ts';
import { Machine } from './machine.ts';
import { onPress } from './press.ts';
import type { MachineNetwork } from './qemu-arguments.ts';
import { parseRunArguments, type RunOptions, USAGE } from './run-options.ts';
import { untilShown } from './until-shown.ts';

const POWER_OFF_SECONDS = 120;

async function main(): Promise<void> {
  const options = parseRunArguments(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  await checkFiles(options);
  const stop = new AbortController();
  const forget = onPress(() => stop.abort());
  const image = await imageOf(options, stop.signal);
  const folder = await mkdtemp(join(tmpdir(), 'edgegateway-qemu-'));
  try {
    stop.signal.throwIfAborted();
    const machine = await startMachine(options, resolve(image), folder);
    forget();
    await whileItRuns(machine, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function imageOf({ image }: RunOptions, signal: AbortSignal): Promise<string> {
  const building = { log: logToStandardOutput, signal };
  if (image === undefined) return (await buildImage(building)).image;
  await buildQemu(building);
  return image;
}

async function checkFiles({ image, stick }: RunOptions): Promise<void> {
  for (const [name, file] of Object.entries({ image, stick })) {
    if (file === undefined) continue;
    await access(file).catch((cause: unknown) => {
      throw new ImageError('bad-switches', `The file of --${name} cannot be read: ${file}`, { cause });
    });
  }
}

async function startMachine(options: RunOptions, image: string, folder: string): Promise<Machine> {
  return Machine.start({
    disk: await diskOf(options, image, folder),
    stick: options.stick,
    memoryMebibytes: options.memory,
    screen: options.screenshot !== undefined,
    network: networkOf(options),
    workDirectory: folder,
    serialLog: options.serial ?? join(folder, 'console.log'),
    onConsole: (text) => process.stdout.write(text),
  });
}

/** A kept disk is a copy: it must not depend on an image that the next build removes. */
async function diskOf(options: RunOptions, image: string, folder: string): Promise<string> {
  if (options.disk === undefined) {
    const overlay = join(folder, 'disk.qcow2');
    await createOverlay(overlay, { file: image, format: 'raw' }, options['disk-size']);
    return overlay;
  }
  const exists = await access(options.disk).then(
    () => true,
    () => false,
  );
  if (exists && options['disk-size'] !== undefined) {
    throw new ImageError('bad-switches', `--disk-size is for a new disk, and ${options.disk} exists.`);
  }
  if (!exists) await copyDisk(options.disk, image, options['disk-size']);
  return options.disk;
}

function networkOf(options: RunOptions): MachineNetwork {
  if (options.network === 'none') return { kind: 'none' };
  return { kind: 'user', lanAddress: options.lan, amsPort: options['ams-port'], internet: options.internet };
}

/** Until the machine is off, whoever switches it off. */
async function whileItRuns(machine: Machine, options: RunOptions): Promise<void> {
  const stopping = new AbortController();
  const forget = onPress((presses) => {
    stopping.abort();
    endMachine(machine, presses).catch((error: unknown) => tell(error));
  });
  try {
    await showConsole(machine, options, stopping.signal).catch((error: unknown) => {
      if (!stopping.signal.aborted) throw error;
    });
    if (options.once) await machine.powerOff(AbortSignal.timeout(POWER_OFF_SECONDS * 1000));
    await machine.ended;
  } finally {
    forget();
    await machine.close();
  }
}

async function showConsole(machine: Machine, options: RunOptions, signal: AbortSignal): Promise<void> {
  const hint = hintOf(options);
  logToStandardOutput(`the gateway has power: its console page stands here in one or two minutes. ${hint}`);
  await untilShown(machine, pageStands, logToStandardOutput, signal);
  logToStandardOutput(hint);
  if (options.screenshot === undefined) return;
  await machine.takeScreenshot(resolve(options.screenshot));
  logToStandardOutput(`a picture of the screen: ${options.screenshot}`);
}

function hintOf(options: RunOptions): string {
  const ams = options.network === 'user' ? `The AMS: https://127.0.0.1:${options['ams-port']}. ` : '';
  return `${ams}Ctrl-C presses the power button.`;
}

function pageStands(console: string): true | undefined {
  return /SHA-256 fingerprint:[^]*AMS: laeuft/.test(console) ? true : undefined;
}

async function endMachine(machine: Machine, presses: number): Promise<void> {
  if (presses > 1) return machine.close();
  logToStandardOutput('the power button is pressed; Ctrl-C once more pulls the plug');
  return machine.powerOff();
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    process.exitCode = tell(error);
  }
}
