/**
 * A snapshot of the virtual gateway, taken once it has booted with its provisioning stick: remoteConnect is off, no password is set, and
 * both cables are pulled. Plugged in after the restore, they bring it into whatever network the laboratory has made: the kernel
 * forgets its neighbours and networkd asks for an address anew, as after any loss of the link.
 */
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rebaseOverlay } from '@edgegateway/image/qemu/disks';
import { emulatorCommand } from '@edgegateway/image/qemu/emulator';
import { type Machine, type MachineOptions, VARIABLES_FILE } from '@edgegateway/image/qemu/machine';
import { type MachineFiles, type MachineHardware, qemuArguments } from '@edgegateway/image/qemu/qemu-arguments';
import type { GatewaySettings } from '@edgegateway/protocol/gateway-files';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { until } from './until.ts';
import { type GatewayAgent, SCRIPT, UNIT } from './virtual-gateway-agent.ts';

/** What a machine begins with. */
export type MachineState = Pick<
  MachineOptions,
  'disk' | 'stick' | 'clock' | 'firmwareVariables' | 'saidBefore' | 'snapshot'
>;

export interface RunningGateway {
  readonly machine: Machine;
  readonly agent: GatewayAgent;
}

const NAME = 'booted';
const CARDS = ['wan', 'lan'] as const;
/** Names in the folder of a snapshot. */
const FILES = { disk: 'disk.qcow2', base: 'gateway.raw', console: 'console.log' } as const;
const COPY_SECONDS = 120;
const SETTLE_SECONDS = 600;
const CABLE_SECONDS = 60;
/** A snapshot that works answers within a second or two. */
const WAKE_SECONDS = 120;
const LEASE_SECONDS = 120;

/** Paths do not count: QEMU compares machines by their devices. */
const SOME_FILES: MachineFiles = {
  firmware: 'firmware',
  firmwareVariables: 'variables',
  disk: 'disk',
  stick: 'stick',
  serialLog: 'console',
  secondSerialSocket: 'agent',
  qmpSocket: 'qmp',
};

/**
 * Everything that the booted machine depends on. The month is part of it, so that no snapshot is old enough for a certificate of the
 * gateway to run out.
 */
export async function snapshotParts(gateway: {
  readonly image: string;
  readonly settings: GatewaySettings;
  /** PEM */
  readonly ca: string;
  readonly hardware: MachineHardware;
}): Promise<string[]> {
  // The same file under whatever name.
  const { dev, ino, size, mtimeMs } = await stat(gateway.image);
  const [qemu, ...emulator] = await emulatorCommand();
  return [
    ...[dev, ino, size, mtimeMs].map(String),
    ...[JSON.stringify(gateway.settings), gateway.ca],
    ...[await readFile(SCRIPT, 'utf8'), UNIT],
    ...[await runCommand(qemu, [...emulator, '--version']), ...qemuArguments(SOME_FILES, gateway.hardware)],
    new Date().toISOString().slice(0, 'YYYY-MM'.length),
  ];
}

/** Saves a gateway whose disk lies in `folder`. */
export async function saveSnapshot({ machine, agent }: RunningGateway, folder: string): Promise<void> {
  await agent.untilAwake();
  await agent.ask('settled', SETTLE_SECONDS);
  for (const card of CARDS) await machine.setCable(card, false);
  await until(
    'the gateway sees that its cables are pulled',
    async () => (await agent.ask('carriers')).every((carrier) => carrier === '0'),
    CABLE_SECONDS,
  );
  await machine.saveSnapshot(NAME);
  await writeFile(join(folder, FILES.console), await machine.serialText());
}

/** After the machine has ended: they belong to the snapshot. */
export async function keepVariables(workDirectory: string, folder: string): Promise<void> {
  await copyFile(join(workDirectory, VARIABLES_FILE), join(folder, VARIABLES_FILE));
}

/** Copies what a machine writes to; it reads the rest from the kept snapshot. */
export async function copySnapshot(folder: string, workDirectory: string): Promise<MachineState> {
  const disk = join(workDirectory, FILES.disk);
  const firmwareVariables = join(workDirectory, VARIABLES_FILE);
  for (const [from, to] of [
    [FILES.disk, disk],
    [VARIABLES_FILE, firmwareVariables],
  ] as const) {
    await runCommand('cp', ['--sparse=always', '--reflink=auto', join(folder, from), to], {
      timeoutMs: COPY_SECONDS * 1000,
    });
  }
  await rebaseOverlay(disk, { file: join(folder, FILES.base), format: 'raw' });
  const saidBefore = await readFile(join(folder, FILES.console), 'utf8');
  return { disk, firmwareVariables, saidBefore, snapshot: NAME };
}

/** Its clock stands where the snapshot was taken; the gateway has no other than the one of its mainboard, so it is set by the agent. */
export async function wakeUp({ machine, agent }: RunningGateway): Promise<void> {
  await agent.untilAwake(WAKE_SECONDS);
  await agent.ask(`clock ${Date.now() / 1000}`);
  for (const card of CARDS) await machine.setCable(card, true);
  await until(
    'both sides of the gateway have an address',
    async () => {
      const lines = await agent.ask('addresses');
      return CARDS.every((card) =>
        lines.some((line) => line.startsWith(`${card}0`) && /\d+\.\d+\.\d+\.\d+\//.test(line)),
      );
    },
    LEASE_SECONDS,
  );
}
