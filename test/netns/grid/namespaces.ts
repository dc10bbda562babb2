/**
 * Network namespaces of one test, by a prefix of their own, and the cables between them.
 */
import { rm } from 'node:fs/promises';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { killProcessesOf } from '../../lab/namespace-processes.ts';

export interface CableEnd {
  readonly namespace: string;
  readonly device: string;
  /** With prefix length, IPv4 or IPv6. */
  readonly addresses: readonly string[];
}

export async function addNamespace(name: string): Promise<void> {
  await runCommand('ip', ['netns', 'add', name]);
  await ip(name, 'link set lo up');
}

/** Lets a namespace pass packets on, of both families. */
export async function makeRouter(namespace: string): Promise<void> {
  await sysctl(namespace, 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
}

/** A pair of Ethernet devices, up and with addresses. */
export async function cable(one: CableEnd, other: CableEnd): Promise<void> {
  const peer = `type veth peer name ${other.device} netns ${other.namespace}`;
  await ip(one.namespace, `link add ${one.device} ${peer}`);
  await Promise.all([one, other].map((end) => bringUp(end)));
}

async function bringUp({ namespace, device, addresses }: CableEnd): Promise<void> {
  // Addresses must be usable at once: `nodad` leaves out the seconds of duplicate address detection.
  const added = addresses.map(
    (address) => `address add ${address} dev ${device}${address.includes(':') ? ' nodad' : ''}`,
  );
  await ip(namespace, ...added, `link set ${device} up`);
  // A virtual cable leaves the checksums to a card that is not there, and a capture on the way would call them bad.
  await inNamespace(namespace, 'ethtool', '-K', device, 'tx', 'off');
}

/** Commands of ip(8), one after the other. */
export async function ip(namespace: string, ...commands: string[]): Promise<void> {
  await runCommand('ip', ['-n', namespace, '-batch', '-'], { input: `${commands.join('\n')}\n` });
}

export async function nft(namespace: string, ruleset: string): Promise<void> {
  await runCommand('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], { input: ruleset });
}

export async function sysctl(namespace: string, ...settings: string[]): Promise<void> {
  await inNamespace(namespace, 'sysctl', '-qw', ...settings);
}

export function inNamespace(namespace: string, ...command: string[]): Promise<string> {
  return runCommand('ip', ['netns', 'exec', namespace, ...command]);
}

/** Removes every namespace whose name begins with the prefix and a hyphen, with the processes in it. */
export async function removeNamespaces(prefix: string): Promise<void> {
  const all = (await runCommand('ip', ['netns', 'list'])).split('\n').map((line) => line.split(' ')[0] ?? '');
  const ours = all.filter((name) => name.startsWith(`${prefix}-`));
  await Promise.all(ours.map((name) => killProcessesOf(name)));
  for (const name of ours) {
    await runCommand('ip', ['netns', 'delete', name]);
    await rm(`/etc/netns/${name}`, { recursive: true, force: true });
  }
}
