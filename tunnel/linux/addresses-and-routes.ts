/**
 * Addresses and routes of one interface, by iproute2 (ip-link(8), ip-address(8), ip-route(8)).
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { runCommand } from './run-command.ts';

const ROUTES = z.array(
  z.object({ dst: z.string(), metrics: z.array(z.object({ mtu: z.int().optional() })).default([]) }),
);

export interface InterfaceSettings {
  /** IPv4, each set as /32. */
  readonly addresses: readonly string[];
  readonly mtu: number;
}

/** Brings the interface up with these settings. */
export async function bringUp(name: string, settings: InterfaceSettings): Promise<void> {
  await runBatch(settingUp(name, settings));
}

/** Makes an interface of a type that the kernel has (ip-link(8)) and brings it up; nothing is left behind on failure. */
export async function addInterface(name: string, type: string, settings: InterfaceSettings): Promise<void> {
  try {
    await runBatch([`link add dev ${name} type ${type}`, ...settingUp(name, settings)]);
  } catch (error) {
    await removeInterface(name);
    throw error;
  }
}

function settingUp(name: string, { addresses, mtu }: InterfaceSettings): string[] {
  return [
    ...addresses.map((address) => `address replace ${address}/32 dev ${name}`),
    `link set dev ${name} mtu ${mtu} up`,
  ];
}

/**
 * Makes the /32 routes into the interface exactly these; other interfaces are not touched.
 * @param wanted the largest packet for each host, bytes (ip-route(8), mtu; the kernel honours it for forwarded packets
 * too); null: the interface's own
 * @param isNew the interface has had no routes yet
 */
export async function setHostRoutes(
  name: string,
  wanted: ReadonlyMap<string, number | null>,
  isNew: boolean,
): Promise<void> {
  const present = isNew ? new Map<string, number | null>() : await readHostRoutes(name);
  await runBatch([
    ...[...present.keys()].filter((host) => !wanted.has(host)).map((host) => `route del ${host}/32 dev ${name}`),
    ...[...wanted]
      .filter(([host, mtu]) => present.get(host) !== mtu)
      .map(([host, mtu]) => `route replace ${host}/32 dev ${name}${mtu === null ? '' : ` mtu ${mtu}`}`),
  ]);
}

async function readHostRoutes(name: string): Promise<Map<string, number | null>> {
  const answer = await runCommand('ip', ['-json', '-4', 'route', 'show', 'dev', name]);
  const routes = ROUTES.parse(JSON.parse(answer.trim() || '[]'));
  return new Map(
    routes.map(({ dst, metrics }) => [dst.replace(/\/32$/, ''), metrics.find(({ mtu }) => mtu)?.mtu ?? null]),
  );
}

/** In this network namespace; up or down (proc_pid_net(5)). */
export async function interfaceExists(name: string): Promise<boolean> {
  const lines = (await readFile('/proc/self/net/dev', 'utf8')).split('\n');
  return lines.some((line) => line.trimStart().startsWith(`${name}:`));
}

/** Removes the interface; nothing happens when there is none. */
export async function removeInterface(name: string): Promise<void> {
  if (!(await interfaceExists(name))) return;
  try {
    await runCommand('ip', ['link', 'delete', 'dev', name]);
  } catch (error) {
    // It may have gone by itself in the meantime.
    if (await interfaceExists(name)) throw error;
  }
}

async function runBatch(lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  await runCommand('ip', ['-4', '-batch', '-'], { input: `${lines.join('\n')}\n` });
}
