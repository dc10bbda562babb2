/**
 * What the tunnel engine is told about its peers, and what it tells.
 */
import type { RelayEndpoint, StunEndpoint } from '@edgegateway/protocol/network-endpoints';
import type { RelayReason } from '@edgegateway/protocol/relay-reason';

export interface TunnelPeer {
  /** The caller's own name for this peer: the session id on a gateway, the registration id on a client. */
  readonly id: string;
  readonly sessionId: string;
  /** WireGuard public key, base64. */
  readonly publicKey: string;
  /** WireGuard's preshared key (preshared-key.ts), base64: a secret of the two ends. */
  readonly presharedKey: string;
  /** IPv4 hosts behind this peer: the client's address on a gateway, the released addresses on a client. */
  readonly allowedAddresses: readonly string[];
  /** Lets this end meet the peer at the relays (protocol/relay-token.ts); the same for all peers of one session. */
  readonly relayToken: string;
  /** Base64 of 32 bytes, known to the two ends and the cloud: seals what the ends tell each other over the relay. */
  readonly signallingSecret: string;
}

/** Everything the engine is to keep up; what is no longer in it ends. */
export interface TunnelConfiguration {
  readonly relays: readonly RelayEndpoint[];
  /** Asked for this end's public addresses; none: only the addresses of its own interfaces are offered. */
  readonly stunServers: readonly StunEndpoint[];
  readonly peers: readonly TunnelPeer[];
}

export interface TunnelPeerStatus {
  readonly id: string;
  readonly publicKey: string;
  /** `connected`: WireGuard has received on the present path and its handshake is alive. */
  readonly state: 'connecting' | 'connected';
  readonly path: 'relay' | 'direct' | null;
  /** Null on the direct path, while not connected, and on a gateway that the client has not told. */
  readonly relayReason: RelayReason | null;
  /** Name of the relay in use, for logs and the user. */
  readonly relay: string | null;
  /** Milliseconds to the peer and back on the direct path; null on the relay. */
  readonly roundTripMs: number | null;
  /** The largest packet inside the tunnel that the present path carries, bytes; null: not connected. */
  readonly mtu: number | null;
  /** All times are milliseconds since 1970. */
  readonly connectedSince: number | null;
  readonly latestHandshakeAt: number | null;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

export interface TunnelEngineEvents {
  /** Something about a peer changed: state, path, handshake or bytes. At most once a second. */
  status: [peers: readonly TunnelPeerStatus[]];
  connected: [peer: TunnelPeerStatus];
  /** The path of a connected peer has changed to `peer.path`. */
  path: [peer: TunnelPeerStatus];
  /** `reason` is a plain sentence. */
  lost: [peer: TunnelPeerStatus, reason: string];
  /** Addresses or routes of this computer have changed, or may have. */
  network: [];
  /** The WireGuard interface itself is gone or does not answer: the owner must start anew. */
  failed: [error: Error];
}
