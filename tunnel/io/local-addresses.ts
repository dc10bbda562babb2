import type { NetworkInterfaceInfo } from 'node:os';

const IPV4_LINK_LOCAL = /^169\.254\./;
const IPV6_LINK_LOCAL = /^fe[89ab][0-9a-f]:/i;

/**
 * The addresses at which this computer may be reached: no loopback and no link-local ones, none of the interfaces that
 * are excluded. Sorted, so that two looks can be compared.
 */
export function usableAddresses(
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>,
  excluded: readonly string[],
): readonly { readonly family: 'IPv4' | 'IPv6'; readonly address: string }[] {
  return Object.entries(interfaces)
    .filter(([name]) => !excluded.includes(name))
    .flatMap(([, addresses]) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !IPV4_LINK_LOCAL.test(address) && !IPV6_LINK_LOCAL.test(address))
    .map(({ family, address }) => ({ family, address }))
    .sort((one, other) => (one.address < other.address ? -1 : 1));
}
