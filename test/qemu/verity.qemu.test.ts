/** A gateway whose disk was changed. */
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildImage } from '@edgegateway/image/build';
import { findPartition } from '@edgegateway/image/disk/partition-table';
import { createOverlay } from '@edgegateway/image/qemu/disks';
import { Machine } from '@edgegateway/image/qemu/machine';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLabNetwork, type LabNetwork } from '../lab/network.ts';
import { until } from '../lab/until.ts';

/** In the superblock of erofs, so it is read at every boot. */
const CHANGED_BYTE = 1024;
const COPY_SECONDS = 120;
const BOOT_SECONDS = 360;

let folder: string;
let network: LabNetwork;
let disk: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgegateway-verity-test-'));
  disk = join(folder, 'gateway.raw');
  const logDirectory = join(folder, 'log');
  await mkdir(logDirectory);
  network = await createLabNetwork({ prefix: 'verity', gateway: 'virtual-machine', logDirectory });
  const { image, version } = await buildImage({ log: console.log });
  await runCommand('cp', ['--sparse=always', '--no-preserve=mode', image, disk], { timeoutMs: COPY_SECONDS * 1000 });
  await changeByte((await findPartition(disk, `edgegateway-usr_${version}`)).offset + CHANGED_BYTE);
});

afterAll(async () => {
  await network?.close();
  await rm(folder, { recursive: true, force: true });
});

async function changeByte(position: number): Promise<void> {
  const file = await open(disk, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, position);
    byte.writeUInt8(byte.readUInt8() ^ 1);
    await file.write(byte, 0, 1, position);
  } finally {
    await file.close();
  }
}

test('a gateway with one changed byte in /usr stops before it runs anything of it', async () => {
  const { namespaces, taps } = network;
  const overlay = join(folder, 'disk.qcow2');
  await createOverlay(overlay, { file: disk, format: 'raw' });
  const machine = await Machine.start({
    disk: overlay,
    network: {
      kind: 'taps',
      namespace: namespaces.gateway,
      wan: { tap: taps.wan, macAddress: '52:54:00:67:77:01' },
      lan: { tap: taps.lan, macAddress: '52:54:00:67:77:02' },
    },
    workDirectory: folder,
    serialLog: join(folder, 'console.log'),
  });
  try {
    const said = await until(
      'the kernel stops',
      async () => /Kernel panic.*/.exec(await machine.serialText())?.[0],
      BOOT_SECONDS,
    );
    expect(said).toContain('dm-verity device corrupted');
    expect(await machine.serialText()).not.toContain('edgeGateway');
  } finally {
    await machine.close();
  }
});
