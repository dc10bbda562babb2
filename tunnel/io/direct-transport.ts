/** The sockets of the direct path: one port for WireGuard and STUN, seen by the NAT in front as one mapping. */

import type { TransportAddress } from '../path/candidate.ts';
import type { Base } from '../path/check-list.ts';

export interface TransportBase extends Base {
  /** Addresses of this end's own interfaces at which the other end may reach the port; there may be none. */
  readonly hosts: readonly TransportAddress[];
}

export interface DirectTransport {
  readonly bases: readonly TransportBase[];
  /** Looks at the computer's addresses anew. */
  refresh(): Promise<void>;
  /** Sends from a base, or drops where there is no way. */
  send(base: string, remote: TransportAddress, datagram: Uint8Array): void;
  /**
   * Whether relay packets to WireGuard that leave from the loopback port `port` are to look as if they came from
   * `remote`; null: as what they are. Only where WireGuard receives the direct packets itself.
   */
  disguise(port: number, remote: TransportAddress | null): Promise<void>;
  close(): Promise<void>;
}

/** A datagram, with the base that it came to and its sender. */
export type DatagramListener = (datagram: Buffer, base: string, sender: TransportAddress) => void;
