import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readVirtualInterfaces } from './virtual-interfaces.ts';

/** A folder like sysfs's. */
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sysfs-'));
});

afterEach(() => rm(root, { recursive: true }));

/** `entries`: text of a file; null: a folder. */
async function addInterface(name: string, entries: Readonly<Record<string, string | null>>): Promise<void> {
  for (const [entry, text] of Object.entries({ type: '1\n', uevent: `INTERFACE=${name}\n`, ...entries })) {
    const path = join(root, name, entry);
    await mkdir(text === null ? path : join(path, '..'), { recursive: true });
    if (text !== null) await writeFile(path, text);
  }
}

test('T2: other tunnels are virtual, by whatever kind of interface', async () => {
  await addInterface('tailscale0', { tun_flags: '0x1\n', type: '65534\n' });
  await addInterface('wg0', { type: '65534\n', uevent: 'DEVTYPE=wireguard\nINTERFACE=wg0\n' });
  await addInterface('gre1', { type: '778\n' });
  expect((await readVirtualInterfaces(root)).toSorted()).toEqual(['gre1', 'tailscale0', 'wg0']);
});

test('T2: what leads outside is not: cards, modems, and cables of containers', async () => {
  await addInterface('eth0', { device: null });
  await addInterface('wwan0', { type: '65534\n', device: null });
  await addInterface('ppp0', { type: '512\n', uevent: 'DEVTYPE=ppp\n' });
  await addInterface('veth1', {});
  expect(await readVirtualInterfaces(root)).toEqual([]);
});

test('T2: a bridge is virtual unless it leads to a card, be it through a VLAN of a bond', async () => {
  await addInterface('eth0', { device: null });
  await addInterface('bond0', { lower_eth0: null });
  await addInterface('bond0.10', { lower_bond0: null });
  await addInterface('veth1', { lower_veth2: null });
  await addInterface('docker0', { bridge: null, 'brif/veth1': null });
  await addInterface('virbr0', { bridge: null, brif: null });
  await addInterface('br0', { bridge: null, 'brif/veth1': null, 'brif/bond0.10': null });
  expect((await readVirtualInterfaces(root)).toSorted()).toEqual(['docker0', 'virbr0']);
});

test('where there is no sysfs nothing is known', async () => {
  expect(await readVirtualInterfaces(join(root, 'none'))).toEqual([]);
});
