/**
 * The whitelist's rules alone, against the real nftables and connections that conntrack goes on knowing: cables stand for
 * tunnel and plant, and nothing but the rules ends anything.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import type { ReleasedAddress } from '@edgegateway/protocol/released-address';
import { parseFlowSets } from '@edgegateway/tunnel/linux/flow-sets';
import type { NftablesObject } from '@edgegateway/tunnel/linux/nftables';
import { CommandError, runCommand } from '@edgegateway/tunnel/linux/run-command';
import { changedWhitelist, newWhitelist } from '@edgegateway/tunnel/linux/whitelist-ruleset';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { killProcessesOf } from '../lab/namespace-processes.ts';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import { until } from '../lab/until.ts';

const CLIENT = '100.64.0.2';
const OTHER_CLIENT = '100.64.0.3';
const MACHINE = '192.168.250.10';
const OTHER_MACHINE = '192.168.250.11';
const PORT = 7000;
const [office, gateway, plant] = ['wl-office', 'wl-gateway', 'wl-plant'];
const OPTIONS = { interfaceName: 'rc0', plantInterface: 'lan0', mtu: 1280 };
const ALL = ['icmp', 'tcp', 'udp'] as const;
const WITH_PORT = ['tcp', 'udp'] as const;
type Protocols = readonly (typeof ALL)[number][];
const session = (clientAddress: string, ...released: ReleasedAddress[]) => ({ clientAddress, released });
const WHOLE_MACHINE = { address: MACHINE };
/** By port and by protocol, so that each of the whitelist's look-ups finds something. */
const OF_OTHER_MACHINE: ReleasedAddress[] = [
  { address: OTHER_MACHINE, protocol: 'tcp', port: PORT },
  { address: OTHER_MACHINE, protocol: 'udp' },
];

let directory: string;
let processes: SupervisedProcess[] = [];

const inside = (namespace: string, ...command: string[]) => runCommand('ip', ['netns', 'exec', namespace, ...command]);

async function load(ruleset: readonly NftablesObject[]): Promise<void> {
  const input = JSON.stringify({ nftables: ruleset });
  await runCommand('ip', ['netns', 'exec', gateway, 'nft', '--json', '--file', '-'], { input });
}

async function start(namespace: string, command: readonly string[], readyWhen: RegExp): Promise<void> {
  const argv = ['netns', 'exec', namespace, ...command];
  processes.push(
    await SupervisedProcess.start({ name: 'talk', command: 'ip', argv, readyWhen, logDirectory: directory }),
  );
}

/** Each protocol has been answered. */
async function talkTo(machine: string, protocols: Protocols): Promise<void> {
  const program = join(import.meta.dirname, 'talking-program.ts');
  await start(plant, [execPath, program, 'answer', machine, String(PORT)], /^ready$/);
  await start(office, [execPath, program, 'talk', machine, String(PORT)], /^ready$/);
  if (protocols.includes('icmp')) await start(office, ['ping', '-n', '-i', '0.05', machine], /bytes from/);
}

/** How many of each protocol have passed between the client and a machine, or were refused. */
async function packets(verdict: 'active' | 'refused', machine: string, protocols: Protocols): Promise<number[]> {
  const listing = JSON.parse(await inside(gateway, 'nft', '--json', 'list', 'table', 'inet', 'remoteconnect'));
  const flows = parseFlowSets(listing)[verdict].filter(
    ({ source, destination }) => source === CLIENT && destination === machine,
  );
  return protocols.map((one) => flows.find(({ protocol }) => protocol === one)?.packets ?? 0);
}

/** Three more of each protocol than there were. */
async function untilMore(verdict: 'active' | 'refused', machine: string, protocols: Protocols): Promise<void> {
  const before = await packets(verdict, machine, protocols);
  await until(`three more packets of each are ${verdict}`, async () =>
    (await packets(verdict, machine, protocols)).every((count, index) => count >= (before[index] ?? 0) + 3),
  );
}

async function cable(name: string, other: string, address: string, ...others: string[]): Promise<void> {
  await runCommand('ip', ['-n', gateway, 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', other]);
  await runCommand('ip', ['-n', gateway, 'address', 'add', `${address}/24`, 'dev', name]);
  await runCommand('ip', ['-n', gateway, 'link', 'set', name, 'up']);
  for (const one of others) await runCommand('ip', ['-n', other, 'address', 'add', `${one}/24`, 'dev', 'eth0']);
  await runCommand('ip', ['-n', other, 'link', 'set', 'eth0', 'up']);
  await runCommand('ip', ['-n', other, 'route', 'add', 'default', 'via', address]);
}

async function removeNamespaces(): Promise<void> {
  const existing = (await runCommand('ip', ['netns', 'list'])).split('\n').map((line) => line.split(' ')[0]);
  for (const name of [office, gateway, plant].filter((one) => existing.includes(one))) {
    await killProcessesOf(name);
    await runCommand('ip', ['netns', 'delete', name]);
  }
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'whitelist-'));
  await removeNamespaces();
  for (const name of [office, gateway, plant]) await runCommand('ip', ['netns', 'add', name]);
  await cable('rc0', office, '100.64.0.1', CLIENT, OTHER_CLIENT);
  await cable('lan0', plant, '192.168.250.1', MACHINE, OTHER_MACHINE);
  await inside(gateway, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
});

afterAll(async () => {
  await removeNamespaces();
  await rm(directory, { recursive: true, force: true });
});

beforeEach(async () => {
  await load(newWhitelist(OPTIONS, [session(CLIENT, WHOLE_MACHINE, ...OF_OTHER_MACHINE)]));
  await talkTo(MACHINE, ALL);
  await talkTo(OTHER_MACHINE, WITH_PORT);
});

afterEach(async () => {
  for (const one of processes) await one.stop();
  processes = [];
});

test('T6: TCP, UDP and ICMP of a release that is taken back are cut with the next packet, those of another go on', async () => {
  await load(changedWhitelist([session(CLIENT, ...OF_OTHER_MACHINE)]));
  const passed = await packets('active', MACHINE, ALL);
  await untilMore('refused', MACHINE, ALL);
  await untilMore('active', OTHER_MACHINE, WITH_PORT);
  expect(await packets('active', MACHINE, ALL)).toEqual(passed);
});

test('T6: a machine of which one port stays released is not heard from any other, though it goes on talking', async () => {
  await load(changedWhitelist([session(CLIENT, { ...WHOLE_MACHINE, protocol: 'tcp', port: PORT + 1 })]));
  const passed = await packets('active', MACHINE, ALL);
  await untilMore('refused', MACHINE, ALL);
  expect(await packets('active', MACHINE, ALL)).toEqual(passed);
});

test("T6: connections of a session do not pass on another's releases when it gets the client's address", async () => {
  await load(changedWhitelist([]));
  await load(changedWhitelist([session(CLIENT, ...OF_OTHER_MACHINE), session(OTHER_CLIENT, WHOLE_MACHINE)]));
  const passed = await packets('active', MACHINE, ALL);
  await untilMore('refused', MACHINE, ALL);
  expect(await packets('active', MACHINE, ALL)).toEqual(passed);
});

test('T6: a table that takes the place of one left over judges connections that this one has let pass', async () => {
  await load(newWhitelist(OPTIONS, [session(CLIENT, ...OF_OTHER_MACHINE)]));
  await untilMore('refused', MACHINE, ALL);
  await untilMore('active', OTHER_MACHINE, WITH_PORT);
  expect(await packets('active', MACHINE, ALL)).toEqual([0, 0, 0]);
});

test('T6: nothing that a machine begins comes to the client, though all of the machine is released', async () => {
  const ping = inside(plant, 'ping', '-n', '-c', '3', '-i', '0.2', '-W', '1', '-I', MACHINE, CLIENT);
  await expect(ping).rejects.toThrow(CommandError);
});
