/** Other networks in place of the laboratory's own, between the internet and one end of a tunnel. */
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import type { LabNetwork } from '../lab/network.ts';

export interface Underlay {
  readonly end: 'gateway' | 'office';
  /** Of the end and of its router, both IPv4 or both IPv6. */
  readonly host: string;
  readonly router: string;
  readonly length: number;
}

/** The devices of such a link, at the end and at the router. */
const DEVICES = { gateway: { host: 'wan0', router: 'wan' }, office: { host: 'eth0', router: 'office' } } as const;

/** The end has no other addresses, and no other way out, from now on. */
export async function replaceUnderlay(
  { namespaces }: LabNetwork,
  { end, host, router, length }: Underlay,
): Promise<void> {
  const devices = DEVICES[end];
  await runIp(namespaces.internet, `address flush dev ${devices.router}`, added(router, length, devices.router));
  await runIp(
    namespaces[end],
    `address flush dev ${devices.host}`,
    added(host, length, devices.host),
    `route add default via ${router}`,
  );
}

/** Commands of ip(8), one after the other. */
export async function runIp(namespace: string, ...commands: string[]): Promise<void> {
  await runCommand('ip', ['-n', namespace, '-batch', '-'], { input: `${commands.join('\n')}\n` });
}

/** Usable at once: without the seconds in which IPv6 looks for doubles. */
function added(address: string, length: number, device: string): string {
  return `address add ${address}/${length} dev ${device}${address.includes(':') ? ' nodad' : ''}`;
}
