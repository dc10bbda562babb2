import type { Connection } from './connections.tsx';

/** `192.168.250.10`, `192.168.250.10 (TCP)` or `192.168.250.10:502 (TCP)`. */
export function releasedWords({ address, protocol, port }: Connection['released'][number]): string {
  const place = port === undefined ? address : `${address}:${port}`;
  return protocol === undefined ? place : `${place} (${protocol.toUpperCase()})`;
}
