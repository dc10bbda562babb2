/**
 * Tunnel addresses out of 100.64.0.0/10 (RFC 6598): the lower half for gateways, the third quarter for clients, the last
 * for devices that clients reach under another address than their own. Pure.
 */

export type AddressOwner = 'gateway' | 'client' | 'device';

/** First address as a number, and how many follow. */
const PARTS: Readonly<Record<AddressOwner, { readonly first: number; readonly size: number }>> = {
  gateway: { first: 0x64_40_00_00, size: 2 ** 21 },
  client: { first: 0x64_60_00_00, size: 2 ** 20 },
  device: { first: 0x64_70_00_00, size: 2 ** 20 },
};

/**
 * The lowest address that nobody has; ends in neither .0 nor .255, which some firewalls drop.
 * @returns null when all are taken
 */
export function freeTunnelAddress(owner: AddressOwner, taken: ReadonlySet<string>): string | null {
  const { first, size } = PARTS[owner];
  for (let at = first; at < first + size; at += 1) {
    const last = at & 0xff;
    if (last === 0 || last === 255) continue;
    const address = [at >>> 24, (at >>> 16) & 0xff, (at >>> 8) & 0xff, last].join('.');
    if (!taken.has(address)) return address;
  }
  return null;
}
