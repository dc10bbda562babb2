/** Addresses as systemd-networkd tells them (org.freedesktop.network1(5), Manager.Describe: JSON). */
import { z } from 'zod';

const description = z.object({
  Interfaces: z.array(
    z.object({
      Name: z.string(),
      Addresses: z.array(z.object({ Family: z.int(), Address: z.array(z.int().min(0).max(255)) })).default([]),
    }),
  ),
});

const AF_INET = 2;

/** IPv4 addresses of one interface; empty for anything that is no description. */
export function addressesOf(interfaceName: string, text: unknown): string[] {
  if (typeof text !== 'string') return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  const found = description.safeParse(value).data?.Interfaces.find(({ Name }) => Name === interfaceName);
  return (found?.Addresses ?? [])
    .filter(({ Family, Address }) => Family === AF_INET && Address.length === 4)
    .map(({ Address }) => Address.join('.'));
}
