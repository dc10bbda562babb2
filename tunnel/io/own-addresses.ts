import { networkInterfaces } from 'node:os';

/** The addresses of this computer's interfaces that are up. */
export function ownAddresses(): ReadonlySet<string> {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return new Set(all.map(({ address }) => address));
}
