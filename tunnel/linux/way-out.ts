/**
 * The way out of a Linux computer: the kernel's IPv4 routes (proc_pid_net(5)) and resolv.conf(5). Nothing but files, so
 * that it can be read each second.
 */
import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import type { WayOut } from '../way-out.ts';

const ROUTES = '/proc/self/net/route';
const RESOLVER = '/etc/resolv.conf';
/** Whom systemd-resolved asks; /etc/resolv.conf names only its own stub then (systemd-resolved.service(8)). */
const UPSTREAM_RESOLVER = '/run/systemd/resolve/resolv.conf';
const LOOPBACK = /^127\./;
const ANYWHERE = '00000000';

/** A file that is missing names nobody. */
export async function readWayOut(): Promise<WayOut> {
  const [routes, resolver] = await Promise.all([readOrNothing(ROUTES), readOrNothing(RESOLVER)]);
  const configured = nameServersOf(resolver);
  const outside = configured.filter((address) => !LOOPBACK.test(address));
  const isStub = outside.length < configured.length;
  return {
    routers: routersOf(routes),
    nameServers: isStub ? [...outside, ...nameServersOf(await readOrNothing(UPSTREAM_RESOLVER))] : outside,
  };
}

/** @param text lines of interface, destination, gateway and more; addresses as hexadecimal numbers in the order of the processor */
export function routersOf(text: string): string[] {
  const routers = text.split('\n').flatMap((line) => {
    const [, destination, gateway = '', , , , , mask] = line.trim().split(/\s+/);
    const isDefault = destination === ANYWHERE && mask === ANYWHERE && /^[0-9A-F]{8}$/.test(gateway);
    return isDefault && gateway !== ANYWHERE ? [Buffer.from(gateway, 'hex').toReversed().join('.')] : [];
  });
  return [...new Set(routers)];
}

/** The IPv4 name servers of a resolv.conf(5). */
export function nameServersOf(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [, address = ''] = /^nameserver\s+(\S+)/.exec(line) ?? [];
    return isIPv4(address) ? [address] : [];
  });
}

async function readOrNothing(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return '';
  }
}
