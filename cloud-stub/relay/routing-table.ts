/**
 * Who may exchange packets with whom. Pure: no sockets, no clock.
 *
 * INVARIANTS
 * - A key has at most one connection.
 * - Two channels are joined exactly while both connections hold a valid token of the same session, each naming the
 *   other's key. Packets pass between joined channels only.
 * - A channel number means the same peer and session until its session is closed on that connection.
 */
import type { RelayToEnd } from '@edgegateway/protocol/relay-control';
import type { RelayTokenClaims } from '@edgegateway/protocol/relay-token';
import type { RelayLimits } from './limits.ts';
import { TokenBucket } from './token-bucket.ts';

type Limits = Pick<RelayLimits, 'sessionsOfOneConnection' | 'bytesOfOneToken'>;

interface Channel<Connection> {
  readonly owner: End<Connection>;
  readonly number: number;
  readonly sessionId: string;
  readonly peer: string;
  /** The grant's. */
  readonly bytes: TokenBucket;
  joined: Channel<Connection> | null;
}

interface Grant<Connection> {
  /** Seconds since 1970 */
  expiresAt: number;
  /** Used up by what is sent under the token. */
  readonly bytes: TokenBucket;
  /** By the peer's key. */
  readonly channels: Map<string, Channel<Connection>>;
}

interface End<Connection> {
  readonly key: string;
  readonly connection: Connection;
  readonly grants: Map<string, Grant<Connection>>;
  readonly channels: Map<number, Channel<Connection>>;
  nextNumber: number;
}

export interface Notice<Connection> {
  readonly to: Connection;
  readonly message: RelayToEnd;
}

export interface Route<Connection> {
  readonly to: Connection;
  readonly channel: number;
  /** What the sender's token may still send. */
  readonly tokenBytes: TokenBucket;
}

const CHANNEL_NUMBERS = 65_536;

export class RoutingTable<Connection> {
  readonly #limits: Limits;
  readonly #byKey = new Map<string, End<Connection>>();
  readonly #byConnection = new Map<Connection, End<Connection>>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** How many sessions have an end here. */
  get sessions(): number {
    return new Set([...this.#byKey.values()].flatMap(({ grants }) => [...grants.keys()])).size;
  }

  /** Takes in a connection that has proved `key`. The former connection of that key is out when this returns. */
  attach(key: string, connection: Connection): { replaced: Connection | null; notices: Notice<Connection>[] } {
    const former = this.#byKey.get(key);
    const notices = former === undefined ? [] : this.detach(former.connection);
    const end: End<Connection> = { key, connection, grants: new Map(), channels: new Map(), nextNumber: 0 };
    this.#byKey.set(key, end);
    this.#byConnection.set(connection, end);
    return { replaced: former?.connection ?? null, notices };
  }

  /** Forgets a connection; nothing happens when it is not (or no longer) in the table. */
  detach(connection: Connection): Notice<Connection>[] {
    const end = this.#byConnection.get(connection);
    if (end === undefined) return [];
    const notices = [...end.grants.keys()].flatMap((sessionId) => this.#closeGrant(end, sessionId));
    this.#byConnection.delete(connection);
    this.#byKey.delete(end.key);
    return notices;
  }

  /**
   * Opens a session, or renews it with a later token: channels of peers that stay keep their numbers.
   * The claims are those of a checked token whose bearer this connection is.
   */
  open(connection: Connection, claims: RelayTokenClaims): Notice<Connection>[] {
    const end = this.#byConnection.get(connection);
    if (end === undefined || end.key !== claims.sub) return [];
    let grant = end.grants.get(claims.sid);
    if (grant === undefined) {
      if (end.grants.size >= this.#limits.sessionsOfOneConnection)
        return [
          {
            to: connection,
            message: {
              type: 'refused',
              sessionId: claims.sid,
              code: 'too-many-sessions',
              message: `A connection may have ${this.#limits.sessionsOfOneConnection} sessions.`,
            },
          },
        ];
      grant = { expiresAt: claims.exp, bytes: new TokenBucket(this.#limits.bytesOfOneToken, 0), channels: new Map() };
      end.grants.set(claims.sid, grant);
    }
    grant.expiresAt = claims.exp;
    const notices: Notice<Connection>[] = [];
    for (const channel of [...grant.channels.values()])
      if (!claims.peers.includes(channel.peer)) notices.push(...this.#closeChannel(grant, channel));
    for (const peer of claims.peers)
      if (!grant.channels.has(peer)) notices.push(...this.#openChannel(end, grant, claims.sid, peer));
    const channels = [...grant.channels.values()].map(({ number, peer, joined }) => ({
      channel: number,
      peer,
      present: joined !== null,
    }));
    return [{ to: connection, message: { type: 'opened', sessionId: claims.sid, channels } }, ...notices];
  }

  close(connection: Connection, sessionId: string): Notice<Connection>[] {
    const end = this.#byConnection.get(connection);
    return end === undefined ? [] : this.#closeGrant(end, sessionId);
  }

  /** Closes every session whose token ended at or before `now` (seconds since 1970). */
  expire(now: number): Notice<Connection>[] {
    const notices: Notice<Connection>[] = [];
    for (const end of this.#byKey.values())
      for (const [sessionId, grant] of [...end.grants])
        if (grant.expiresAt <= now) {
          notices.push(...this.#closeGrant(end, sessionId), {
            to: end.connection,
            message: { type: 'refused', sessionId, code: 'token-expired', message: 'The token has expired.' },
          });
        }
    return notices;
  }

  /** Where a frame from `connection` on `channel` goes; null: nowhere. */
  route(connection: Connection, channel: number): Route<Connection> | null {
    const own = this.#byConnection.get(connection)?.channels.get(channel);
    if (own === undefined || own.joined === null) return null;
    return { to: own.joined.owner.connection, channel: own.joined.number, tokenBytes: own.bytes };
  }

  #openChannel(end: End<Connection>, grant: Grant<Connection>, sessionId: string, peer: string): Notice<Connection>[] {
    const opposite = this.#byKey.get(peer)?.grants.get(sessionId)?.channels.get(end.key) ?? null;
    const number = freeNumber(end);
    const channel: Channel<Connection> = { owner: end, number, sessionId, peer, bytes: grant.bytes, joined: opposite };
    grant.channels.set(peer, channel);
    end.channels.set(number, channel);
    if (opposite === null) return [];
    opposite.joined = channel;
    return [presence(opposite, true)];
  }

  #closeChannel(grant: Grant<Connection>, channel: Channel<Connection>): Notice<Connection>[] {
    grant.channels.delete(channel.peer);
    channel.owner.channels.delete(channel.number);
    const opposite = channel.joined;
    if (opposite === null) return [];
    opposite.joined = null;
    channel.joined = null;
    return [presence(opposite, false)];
  }

  #closeGrant(end: End<Connection>, sessionId: string): Notice<Connection>[] {
    const grant = end.grants.get(sessionId);
    if (grant === undefined) return [];
    end.grants.delete(sessionId);
    return [...grant.channels.values()].flatMap((channel) => this.#closeChannel(grant, channel));
  }
}

function presence<Connection>(channel: Channel<Connection>, present: boolean): Notice<Connection> {
  return { to: channel.owner.connection, message: { type: 'presence', channel: channel.number, present } };
}

/** Goes round, so that a frame still under way never meets a new meaning of its channel. */
function freeNumber<Connection>(end: End<Connection>): number {
  let number = end.nextNumber;
  while (end.channels.has(number)) number = (number + 1) % CHANNEL_NUMBERS;
  end.nextNumber = (number + 1) % CHANNEL_NUMBERS;
  return number;
}
