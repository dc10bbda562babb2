/** What one relay grants. Durations in milliseconds. */
export interface RelayLimits {
  readonly connections: number;
  readonly connectionsOfOneAddress: number;
  /** Counted before the TLS handshake, which costs most: more of them are cut off. */
  readonly newConnectionsOfOneAddress: RateLimit;
  readonly sessionsOfOneConnection: number;
  /** From the WebSocket's opening to the proof of possession. */
  readonly authentication: number;
  readonly pingInterval: number;
  /** Text messages: more of them close the connection. */
  readonly controlMessages: RateLimit;
  /** Frames of packets and of signals: more of them are dropped. */
  readonly frames: RateLimit;
  readonly signals: RateLimit;
  /** Bytes of frames that one token, or one address with all its connections, may send: more of them are dropped. */
  readonly bytesOfOneToken: RateLimit;
  readonly bytesOfOneAddress: RateLimit;
  /** A packet that could not be sent for this long is worth less than a newer one. */
  readonly queueTime: number;
  readonly queueBytes: number;
  /** What the socket may hold before frames wait in the queue, bytes: at least its high-water mark (64 KiB). */
  readonly socketBytes: number;
  /** How long ends may take to move to another relay before they are cut off. */
  readonly draining: number;
}

export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

export const RELAY_LIMITS: RelayLimits = {
  connections: 5000,
  connectionsOfOneAddress: 500,
  newConnectionsOfOneAddress: { perSecond: 50, burst: 500 },
  sessionsOfOneConnection: 64,
  authentication: 10_000,
  pingInterval: 20_000,
  controlMessages: { perSecond: 20, burst: 200 },
  frames: { perSecond: 100_000, burst: 100_000 },
  signals: { perSecond: 50, burst: 200 },
  bytesOfOneToken: { perSecond: 250_000_000, burst: 64 * 1024 * 1024 },
  bytesOfOneAddress: { perSecond: 500_000_000, burst: 128 * 1024 * 1024 },
  queueTime: 50,
  queueBytes: 4 * 1024 * 1024,
  socketBytes: 128 * 1024,
  draining: 3000,
};
