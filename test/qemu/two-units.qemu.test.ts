/** Two gateways from one image. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '@edgegateway/cloud-stub/pki/x509';
import { buildImage } from '@edgegateway/image/build';
import { findPartition } from '@edgegateway/image/disk/partition-table';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLabNetwork, type LabNetwork } from '../lab/network.ts';
import { startVirtualGateway, type VirtualGateway } from '../lab/virtual-gateway.ts';

interface Unit {
  readonly gateway: VirtualGateway;
  readonly shown: Awaited<ReturnType<VirtualGateway['console']>>;
  /** Hashes by file. */
  readonly own: ReadonlyMap<string, string>;
}

let folder: string;
let image: string;
let network: LabNetwork;
const units: Unit[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgegateway-two-units-test-'));
  ({ image } = await buildImage({ log: console.log }));
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, (await createAuthority(new Date())).certificatePem);
  network = await createLabNetwork({ prefix: 'units', gateway: 'virtual-machine', plants: 2, logDirectory: folder });
  for (const [index, plant] of network.plants.entries()) {
    const workDirectory = join(folder, String(index));
    await mkdir(workDirectory);
    const gateway = await startVirtualGateway({
      ...{ network: plant, image, caFile, workDirectory, logDirectory: workDirectory, idScope: '0ne0000A1B2' },
      start: 'boot',
      tell: console.log,
    });
    units.push({ gateway, ...(await lookAt(gateway)) });
  }
});

afterAll(async () => {
  for (const { gateway } of units) await gateway.close();
  await network?.close();
  await rm(folder, { recursive: true, force: true });
});

async function lookAt(gateway: VirtualGateway): Promise<Omit<Unit, 'gateway'>> {
  const shown = await gateway.console();
  await gateway.agent.untilAwake();
  const lines = (await gateway.agent.ask('identity')).map((line) => line.split(/\s+/));
  return { shown, own: new Map(lines.map(([hash = '', file = '']) => [file, hash])) };
}

test('G1: they differ in machine id, keys, certificates and one-time code', () => {
  const [first, second] = units;
  expect(first?.own.size).toBe(5);
  for (const [file, hash] of first?.own ?? []) expect(second?.own.get(file), file).not.toBe(hash);
  expect(second?.shown.oneTimeCode).not.toBe(first?.shown.oneTimeCode);
  expect(second?.shown.fingerprint).not.toBe(first?.shown.fingerprint);
});

test('nothing of it is in the image', async () => {
  const { offset } = await findPartition(image, 'edgegateway-root');
  const inImage = (file: string): Promise<string> =>
    runCommand('debugfs', ['-R', `cat ${file}`, `${image}?offset=${offset}`]);
  expect(await inImage('/etc/hostname')).not.toBe('');
  for (const file of units[0]?.own.keys() ?? []) expect(await inImage(file), file).toBe('');
});
