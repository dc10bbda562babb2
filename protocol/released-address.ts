/**
 * The whitelist of a session: what a technician may reach through one gateway.
 * An entry without a protocol releases every protocol and port of its address.
 */
import { z } from 'zod';
import { ipv4Address, port, tunnelAddress } from './wire-values.ts';

export const releasedAddress = z
  .strictObject({
    address: ipv4Address,
    protocol: z.enum(['tcp', 'udp']).optional(),
    port: port.optional(),
  })
  .refine((entry) => entry.port === undefined || entry.protocol !== undefined, 'a port needs a protocol (tcp or udp)');
export type ReleasedAddress = z.infer<typeof releasedAddress>;

/**
 * One address of the plant that the client reaches under another one (basic NAT, RFC 3022 section 2.1), because its own
 * stands for something else there. The gateway translates; what is released is `address` all the same.
 */
export const addressTranslation = z.strictObject({ address: ipv4Address, mapped: tunnelAddress });
export type AddressTranslation = z.infer<typeof addressTranslation>;

export const addressTranslations = z
  .array(addressTranslation)
  .max(100)
  .refine((all) => new Set(all.map(({ mapped }) => mapped)).size === all.length, 'two addresses are mapped to one');

/** Under which addresses a client reaches a whitelist, each once, in its order: WireGuard's AllowedIPs on the client. */
export function addressesOf(
  released: readonly ReleasedAddress[],
  translations: readonly AddressTranslation[] = [],
): string[] {
  const mapped = new Map(translations.map((translation) => [translation.address, translation.mapped]));
  return [...new Set(released.map(({ address }) => mapped.get(address) ?? address))];
}
