/** The image itself: what it says, what it hears, what runs in it, and what two gateways from it have in common. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '@edgegateway/cloud-stub/pki/x509';
import { buildImage } from '@edgegateway/image/build';
import { EXPOSURE_LIMITS } from '@edgegateway/image/builder/security-scores';
import { findPartition } from '@edgegateway/image/disk/partition-table';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLabNetwork, LAB_ADDRESSES, type LabNetwork, type PlantNetwork } from '../lab/network.ts';
import { PacketCapture } from '../lab/packet-capture.ts';
import { probePorts } from '../lab/port-probe.ts';
import { until } from '../lab/until.ts';
import { DISK_BYTES, startVirtualGateway, type VirtualGateway } from '../lab/virtual-gateway.ts';

/** Well-known ports, and those that the product itself talks to elsewhere. */
const PORTS = ['1-1024', '3478', '5353', '5355', '8883', '9229'];
/** Those that the agent hashes. */
const OWN_FILES = 5;
const POWER_OFF_SECONDS = 120;
/** A boot beside other work takes minutes. */
const BOOT_SECONDS = 840;
/** The screen of the firmware is handed over late in a boot, and this machine's processor is a slow one. */
const SCREEN_SECONDS = 120;

let folder: string;
let caFile: string;
let image: string;
let network: LabNetwork;
let wanCapture: PacketCapture;
let gateway: VirtualGateway;
/** From the same image, in a plant of its own. */
let other: VirtualGateway;
let shown: { readonly oneTimeCode: string; readonly fingerprint: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgegateway-image-test-'));
  const logDirectory = join(folder, 'log');
  await mkdir(logDirectory);
  caFile = join(folder, 'ca.pem');
  await writeFile(caFile, (await createAuthority(new Date())).certificatePem);
  network = await createLabNetwork({ prefix: 'image', gateway: 'virtual-machine', plants: 2, logDirectory });
  wanCapture = await PacketCapture.start(network.namespaces.gateway, network.wanDevice, network.wanDirection);
  ({ image } = await buildImage({ log: console.log }));
  const [plant, otherPlant] = network.plants;
  if (plant === undefined || otherPlant === undefined) throw new Error('There are no two plants.');
  gateway = await bootUnit(plant, 'first');
  other = await bootUnit(otherPlant, 'second');
  // A device on a serial port that talks from the moment the power comes: the firmware takes what it says for keys.
  await Promise.all([gateway, other].map(({ agent }) => agent.untilAwake(BOOT_SECONDS)));
  await Promise.all([gateway, other].map((unit) => unit.untilUp()));
  shown = await gateway.console();
});

afterAll(async () => {
  await gateway?.close();
  await other?.close();
  await wanCapture?.stop();
  await network?.close();
  await rm(folder, { recursive: true, force: true });
});

async function bootUnit(plant: PlantNetwork, name: string): Promise<VirtualGateway> {
  const workDirectory = join(folder, name);
  await mkdir(workDirectory);
  return startVirtualGateway({
    ...{ network: plant, image, caFile, workDirectory, logDirectory: workDirectory, idScope: '0ne0000A1B2' },
    // What is looked at is the boot: nothing has left since power came on.
    start: 'boot',
    tell: console.log,
  });
}

/** `wan0 UP 198.18.0.39/24 ...` */
async function wanAddress(): Promise<string> {
  return until('the WAN side has an address', async () => {
    const line = (await gateway.agent.ask('addresses')).find((candidate) => candidate.startsWith('wan0'));
    return /(\d+\.\d+\.\d+\.\d+)\/\d+/.exec(line ?? '')?.[1];
  });
}

/** Hashes by file. */
async function ownFiles({ agent }: VirtualGateway): Promise<ReadonlyMap<string, string>> {
  const lines = (await agent.ask('identity')).map((line) => line.split(/\s+/));
  return new Map(lines.map(([hash = '', file = '']) => [file, hash]));
}

describe('the image, as delivered', () => {
  test('boots whatever a device on a serial port says meanwhile, without showing a menu', async () => {
    expect(await gateway.machine.serialText()).not.toContain('Reboot Into Firmware Interface');
  });

  test('boots without a failed unit', async () => {
    expect(await gateway.agent.ask('failed-units')).toEqual([]);
  });

  test('runs /usr through dm-verity, and its root file system has grown to the end of the disk', async () => {
    const rows = (await gateway.agent.ask('file-systems')).map((line) => line.split(' '));
    expect(rows.map(([target, , type]) => [target, type])).toEqual([
      ['/', 'ext4'],
      ['/usr', 'erofs'],
    ]);
    const [root = [], usr = []] = rows;
    expect(usr[1]).toBe('/dev/mapper/usr');
    expect(Number(root[3])).toBeGreaterThan(DISK_BYTES / 2);
  });

  test("checks /usr by the processor's own SHA-256, not by the kernel's plain one", async () => {
    const [digest = ''] = await gateway.agent.ask('verity-digest');
    expect(digest).toMatch(/^sha256-(?!generic)/);
  });

  test('shows one-time code and fingerprint on its console (G1)', () => {
    expect(shown.oneTimeCode).toMatch(/^[0-9A-Z]{4}(?:-[0-9A-Z]{4}){2}$/);
    expect(shown.fingerprint).toMatch(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  });

  test('shows on its console that the AMS runs and remoteConnect is off (G2)', async () => {
    await until('the console shows both states', async () => {
      const page = (await gateway.machine.serialText()).split('Set up and operate').at(-1) ?? '';
      return page.includes('AMS: laeuft / running') && page.includes('remoteConnect: aus / off');
    });
  });

  test('has no screen that its console page cannot write', async () => {
    await until(
      'no screen refuses any more',
      async () => {
        const told = (await gateway.agent.ask('journal edgegateway-console.service')).filter((line) =>
          line.includes('a screen can'),
        );
        const refusals = told.filter((line) => line.includes('a screen cannot be written')).length;
        if (refusals !== told.length - refusals) throw new Error(told.join('\n'));
        return true;
      },
      SCREEN_SECONDS,
    );
  });

  test('runs the AMS, and neither remoteConnect nor what only that needs (G2)', async () => {
    const units = (await gateway.agent.ask('running-units')).map((line) => line.split(' ')[0]);
    expect(units).toContain('ams.service');
    expect(units).not.toContain('remoteconnect.service');
    expect(units).not.toContain('systemd-resolved.service');
  });

  test('runs no login of any kind', async () => {
    const units = await gateway.agent.ask('running-units');
    expect(units.filter((line) => /getty|ssh|debug-shell|rescue|emergency/.test(line))).toEqual([]);
  });

  test('took the settings of the stick over', async () => {
    expect((await gateway.agent.ask('settings')).join('')).toContain('0ne0000A1B2');
  });

  test('listens for nothing from outside but the AMS, DHCP and neighbour discovery', async () => {
    const outward = (await gateway.agent.ask('sockets'))
      .map((line) => line.trim().split(/\s+/))
      .map(([kind, , , , local = '']) => `${kind} ${local}`)
      .filter((socket) => !/ (?:127\.0\.0\.\d+|\[::1\])(?:%lo)?:/.test(socket))
      .filter((socket) => !/^udp \d+\.\d+\.\d+\.\d+(?:%wan0)?:68$|^raw \*(?:%wan0)?:(?:58|ipv6-icmp)$/.test(socket));
    expect(outward).toEqual(['tcp *:443']);
  });

  test('is silent on every port of its WAN side (G5)', async () => {
    expect(await probePorts(network.namespaces.internet, await wanAddress(), PORTS)).toEqual({ open: [], refused: [] });
  });

  test('answers on its plant side at the AMS alone', async () => {
    expect(await probePorts(network.namespaces.plant, LAB_ADDRESSES.ams, PORTS)).toEqual({ open: [443], refused: [] });
  });

  test('does not answer for its plant address on the WAN side', async () => {
    expect(await probePorts(network.namespaces.internet, LAB_ADDRESSES.ams, ['443'])).toEqual({
      open: [],
      refused: [],
    });
  });

  test('has said nothing beyond its own link since power came on (G5)', () => {
    expect(wanCapture.count).toBeGreaterThan(0);
    expect(wanCapture.packets().filter((packet) => packet.scope === 'outward')).toEqual([]);
  });

  test.each(Object.entries(EXPOSURE_LIMITS))('keeps %s at or below its exposure of %d', async (unit, limit) => {
    const line = (await gateway.agent.ask('exposure')).find((candidate) => candidate.startsWith(unit));
    expect(Number(/ (\d+\.\d) /.exec(line ?? '')?.[1])).toBeLessThanOrEqual(limit);
  });
});

describe('two gateways from one image', () => {
  test('differ in machine id, keys, certificates and one-time code (G1)', async () => {
    const otherShown = await other.console();
    const [files, otherFiles] = [await ownFiles(gateway), await ownFiles(other)];
    expect(files.size).toBe(OWN_FILES);
    for (const [file, hash] of files) expect(otherFiles.get(file), file).not.toBe(hash);
    expect(otherShown.oneTimeCode).not.toBe(shown.oneTimeCode);
    expect(otherShown.fingerprint).not.toBe(shown.fingerprint);
  });

  test('have none of that from the image', async () => {
    const { offset } = await findPartition(image, 'edgegateway-root');
    const inImage = (file: string): Promise<string> =>
      runCommand('debugfs', ['-R', `cat ${file}`, `${image}?offset=${offset}`]);
    expect(await inImage('/etc/hostname')).not.toBe('');
    for (const file of (await ownFiles(gateway)).keys()) expect(await inImage(file), file).toBe('');
  });
});

test('switches itself off when its button is pressed', async () => {
  await gateway.machine.powerOff(AbortSignal.timeout(POWER_OFF_SECONDS * 1000));
  expect(gateway.machine.running).toBe(false);
});
