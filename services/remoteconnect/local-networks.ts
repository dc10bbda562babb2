import type { NetworkInterfaceInfo } from 'node:os';
import { ipv4Range, ipv4Text } from '@edgegateway/protocol/ipv4';

const MAXIMUM = 16;

/** The IPv4 networks of one interface in CIDR notation, each once; none while it is down or has no address. */
export function localNetworks(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>, name: string): string[] {
  const networks = (interfaces[name] ?? []).flatMap(({ family, cidr }) =>
    family === 'IPv4' && cidr !== null ? [networkOf(cidr)] : [],
  );
  return [...new Set(networks)].sort().slice(0, MAXIMUM);
}

/** `192.168.250.1/24` -> `192.168.250.0/24`. */
export function networkOf(cidr: string): string {
  return `${ipv4Text(ipv4Range(cidr).first)}/${cidr.split('/')[1] ?? '32'}`;
}
