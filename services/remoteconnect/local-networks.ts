import type { NetworkInterfaceInfo } from 'node:os';
import { ipv4Number, ipv4Text } from './ipv4.ts';

const MAXIMUM = 16;

/** The IPv4 networks of one interface in CIDR notation, each once; none while it is down or has no address. */
export function localNetworks(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>, name: string): string[] {
  const networks = (interfaces[name] ?? []).flatMap(({ family, cidr }) =>
    family === 'IPv4' && cidr !== null ? [networkOf(cidr)] : [],
  );
  return [...new Set(networks)].sort().slice(0, MAXIMUM);
}

/** `192.168.250.1/24` -> `192.168.250.0/24`. */
function networkOf(cidr: string): string {
  const [address = '', prefix = '32'] = cidr.split('/');
  const bits = Number(prefix);
  const value = ipv4Number(address);
  const hostCount = 2 ** (32 - bits);
  return `${ipv4Text(value - (value % hostCount))}/${bits}`;
}
