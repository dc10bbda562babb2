/**
 * A WireGuard interface as the tunnel engine uses it; each operating system has a driver for it
 * (linux/wireguard.ts, later windows/).
 */

/**
 * Resets this computer's own connections through the tunnel to these IPv4 hosts, so that programs fail at once and do not wait for answers.
 * Each operating system has its own way (linux/own-connections.ts).
 */
export type ResetConnections = (hosts: readonly string[]) => Promise<void>;

export interface WireguardPeer {
  /** Base64, 44 characters. */
  readonly publicKey: string;
  /** Base64, 44 characters, a secret: never logged, never a process argument. */
  readonly presharedKey: string;
  /** Where WireGuard sends this peer's packets: a loopback address of the tunnel engine. */
  readonly endpoint: { readonly address: string; readonly port: number };
  /** IPv4 hosts: WireGuard's AllowedIPs (each as /32), and a /32 route into the interface for each. */
  readonly allowedAddresses: readonly string[];
}

export interface PeerCounters {
  readonly publicKey: string;
  /** Where WireGuard sends now; null: it does not know. */
  readonly endpoint: { readonly address: string; readonly port: number } | null;
  /** Milliseconds since 1970; null before the first handshake. */
  readonly latestHandshakeAt: number | null;
  /** Authenticated bytes of this peer since it was added, WireGuard's own messages included. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** A driver that was given ResetConnections calls it before hosts lose their way into the tunnel, whichever function takes it. */
export interface WireguardInterface {
  readonly name: string;
  /** The UDP port that WireGuard itself is bound to. */
  readonly listenPort: number;
  /**
   * Adds the peer or changes it to exactly this; other peers and a living session are not disturbed. The endpoint is set
   * when the peer is added: afterwards it is WireGuard's own, which follows the peer.
   */
  setPeer(peer: WireguardPeer): Promise<void>;
  /** Removes the peer and its routes at once; nothing happens when there is no such peer. */
  removePeer(publicKey: string): Promise<void>;
  /**
   * From now on packets to this peer's hosts have at most so many bytes, not counting what WireGuard adds: larger ones
   * are cut, or refused with "fragmentation needed". Nothing happens when there is no such peer.
   */
  limitPackets(publicKey: string, bytes: number): Promise<void>;
  /** Makes WireGuard send to the peer now: an empty packet, or a handshake where there is no session. */
  nudgePeer(publicKey: string): Promise<void>;
  readPeers(): Promise<PeerCounters[]>;
  /** Removes the interface with its peers and routes. May be called again. */
  close(): Promise<void>;
}
