/**
 * One WebSocket of one end: greeting, proof of possession, limits, liveness, and sending without ever waiting for it.
 */
import type { Socket } from 'node:net';
import { type EndToRelay, endToRelay, RELAY_CLOSE_CODES, type RelayToEnd } from '@edgegateway/protocol/relay-control';
import { RelayFrameError } from '@edgegateway/protocol/relay-frame';
import type { RawData, WebSocket } from 'ws';
import type { AddressShare } from './address-limits.ts';
import { ForwardQueue } from './forward-queue.ts';
import type { RelayLimits } from './limits.ts';
import { type Challenge, challengeFor } from './possession.ts';
import type { RelayMetrics } from './relay-metrics.ts';
import { checkRelayedFrame, typeOfFrame } from './relayed-frame.ts';
import { TokenBucket } from './token-bucket.ts';

/** Milliseconds that an end has to answer a close. */
export const CLOSING_HANDSHAKE = 1000;

/** A TLS record holds no more (RFC 8446 section 5.1): to wait for further frames would save nothing. */
const RECORD_BYTES = 16 * 1024;
/** A round of pings this many times its interval after the one before: the relay itself stood still. */
const HELD_UP = 1.5;

/** What a connection leaves to the relay. Only called once the end has proved its key, but for `closed`. */
export interface RelayConnectionOwner {
  authenticated(connection: RelayConnection, key: string): void;
  openRequested(connection: RelayConnection, key: string, token: string): Promise<void>;
  closeRequested(connection: RelayConnection, sessionId: string): void;
  /** `message` is a well-formed frame of `packets` packets; it may be changed. `now`: monotonic milliseconds. */
  frameReceived(connection: RelayConnection, message: Uint8Array, packets: number, now: number): void;
  closed(connection: RelayConnection): void;
}

export interface RelayConnectionOptions {
  readonly socket: WebSocket;
  /** Below the WebSocket. */
  readonly tcp: Socket;
  /** What this connection shares with the others of its address. */
  readonly share: AddressShare;
  readonly owner: RelayConnectionOwner;
  readonly limits: RelayLimits;
  readonly metrics: RelayMetrics;
}

type State =
  | { readonly stage: 'connected' }
  | { readonly stage: 'challenged'; readonly key: string; readonly challenge: Challenge }
  | { readonly stage: 'ready'; readonly key: string }
  | { readonly stage: 'closing' };

export class RelayConnection {
  readonly remoteAddress: string;
  readonly share: AddressShare;
  readonly #socket: WebSocket;
  readonly #tcp: Socket;
  readonly #owner: RelayConnectionOwner;
  readonly #limits: RelayLimits;
  readonly #metrics: RelayMetrics;
  readonly #queue: ForwardQueue;
  readonly #controlRate: TokenBucket;
  readonly #frameRate: TokenBucket;
  readonly #signalRate: TokenBucket;
  readonly #authenticationTimer: NodeJS.Timeout;
  readonly #pingTimer: NodeJS.Timeout;
  #state: State = { stage: 'connected' };
  #provedKey: string | null = null;
  #heard = true;
  /** When it was last looked whether the end is alive. */
  #checkedAt = performance.now();
  #closingTimer: NodeJS.Timeout | null = null;
  /** Written in this turn of the event loop, and held back until its end at the latest; 0: the socket is not corked. */
  #corkedBytes = 0;
  /** Control messages are answered one after the other, though checking a token takes time. */
  #control: Promise<void> = Promise.resolve();

  constructor({ socket, tcp, share, owner, limits, metrics }: RelayConnectionOptions) {
    const now = performance.now();
    this.remoteAddress = tcp.remoteAddress ?? 'unknown';
    this.share = share;
    this.#socket = socket;
    this.#tcp = tcp;
    this.#owner = owner;
    this.#limits = limits;
    this.#metrics = metrics;
    this.#queue = new ForwardQueue(limits, metrics);
    this.#controlRate = new TokenBucket(limits.controlMessages, now);
    this.#frameRate = new TokenBucket(limits.frames, now);
    this.#signalRate = new TokenBucket(limits.signals, now);
    this.#authenticationTimer = setTimeout(
      () => this.close(RELAY_CLOSE_CODES.notAuthenticated, 'no proof of possession in time'),
      limits.authentication,
    );
    this.#pingTimer = setInterval(() => this.#checkAlive(), limits.pingInterval);
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    tcp.on('drain', () => this.#flush());
    socket.on('pong', () => {
      this.#heard = true;
    });
    // What went wrong (a frame too large, a reset) is told by the close that always follows.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#closed());
  }

  /** The end's key, once it has proved that it holds it. */
  get provedKey(): string | null {
    return this.#provedKey;
  }

  get droppedFrames(): number {
    return this.#queue.dropped;
  }

  sendControl(message: RelayToEnd): void {
    this.#sendFirst(JSON.stringify(message));
  }

  /** Takes the bytes over. `now`: monotonic milliseconds. */
  sendFrame(message: Uint8Array, now: number): void {
    if (typeOfFrame(message) === 'signal') this.#sendFirst(message);
    else if (this.#queue.isEmpty && this.#hasRoom()) this.#write(message);
    else {
      this.#queue.pushPackets(message, now);
      this.#flush();
    }
  }

  close(code: number, reason: string): void {
    if (this.#state.stage !== 'closing') this.#metrics.refused(String(code));
    this.#state = { stage: 'closing' };
    this.#uncork();
    this.#socket.close(code, reason);
    this.#closingTimer ??= setTimeout(() => this.#socket.terminate(), CLOSING_HANDSHAKE);
  }

  terminate(): void {
    this.#state = { stage: 'closing' };
    this.#socket.terminate();
  }

  #sendFirst(message: string | Uint8Array): void {
    if (this.#queue.pushControl(message)) this.#flush();
    else this.terminate();
  }

  #flush(): void {
    while (this.#hasRoom()) {
      const message = this.#queue.take(performance.now());
      if (message === null) return;
      this.#write(message);
    }
  }

  #hasRoom(): boolean {
    const { readyState, OPEN, bufferedAmount } = this.#socket;
    return readyState === OPEN && bufferedAmount < this.#limits.socketBytes;
  }

  /** What is written in one turn of the event loop leaves together. */
  #write(message: string | Uint8Array): void {
    if (this.#corkedBytes === 0) {
      this.#tcp.cork();
      setImmediate(this.#uncork);
    }
    this.#corkedBytes += message.length;
    this.#socket.send(message);
    if (this.#corkedBytes >= RECORD_BYTES) this.#uncork();
  }

  readonly #uncork = (): void => {
    if (this.#corkedBytes === 0) return;
    this.#corkedBytes = 0;
    this.#tcp.uncork();
  };

  #received(data: RawData, isBinary: boolean): void {
    this.#heard = true;
    if (this.#state.stage === 'closing' || !Buffer.isBuffer(data)) return;
    if (isBinary) this.#frameReceived(data);
    else this.#controlReceived(data.toString('utf8'));
  }

  #frameReceived(message: Buffer): void {
    if (this.#state.stage !== 'ready') {
      this.close(RELAY_CLOSE_CODES.notAuthenticated, 'packets before the proof of possession');
      return;
    }
    const now = performance.now();
    if (!this.#frameRate.take(now)) return this.#metrics.dropped('connection-rate');
    const packets = this.#check(message);
    if (packets === null) return;
    if (typeOfFrame(message) === 'signal' && !this.#signalRate.take(now)) return this.#metrics.dropped('signal-rate');
    if (!this.share.bytes.take(now, message.length)) return this.#metrics.dropped('address-rate');
    this.#owner.frameReceived(this, message, packets, now);
  }

  /** The number of packets; null when the connection had to be closed. */
  #check(message: Buffer): number | null {
    try {
      return checkRelayedFrame(message);
    } catch (error) {
      if (!(error instanceof RelayFrameError)) throw error;
      this.close(RELAY_CLOSE_CODES.protocolError, error.message);
      return null;
    }
  }

  #controlReceived(text: string): void {
    if (!this.#controlRate.take(performance.now())) {
      this.close(RELAY_CLOSE_CODES.protocolError, 'too many control messages');
      return;
    }
    const message = parseControl(text);
    if (message === null) {
      this.close(RELAY_CLOSE_CODES.protocolError, 'not a control message');
      return;
    }
    this.#control = this.#control
      .then(() => this.#handle(message))
      .catch(() => this.close(1011, 'the relay failed to answer'));
  }

  async #handle(message: EndToRelay): Promise<void> {
    const state = this.#state;
    switch (state.stage) {
      case 'closing':
        return;
      case 'connected':
        if (message.type !== 'hello') return this.close(RELAY_CLOSE_CODES.notAuthenticated, 'hello comes first');
        return this.#challenge(message.publicKey);
      case 'challenged':
        if (message.type !== 'proof') return this.close(RELAY_CLOSE_CODES.notAuthenticated, 'proof comes next');
        return this.#prove(state.key, state.challenge.isAnsweredBy(message.mac));
      case 'ready':
        return this.#handleReady(state.key, message);
    }
  }

  #challenge(key: string): void {
    const challenge = challengeFor(key);
    this.#state = { stage: 'challenged', key, challenge };
    this.sendControl({ type: 'challenge', publicKey: challenge.publicKey, nonce: challenge.nonce });
  }

  #prove(key: string, proved: boolean): void {
    if (!proved) return this.close(RELAY_CLOSE_CODES.notAuthenticated, 'the proof of possession is wrong');
    clearTimeout(this.#authenticationTimer);
    this.#state = { stage: 'ready', key };
    this.#provedKey = key;
    this.#owner.authenticated(this, key);
    this.sendControl({ type: 'ready' });
  }

  async #handleReady(key: string, message: EndToRelay): Promise<void> {
    switch (message.type) {
      case 'open':
        return this.#owner.openRequested(this, key, message.token);
      case 'close':
        return this.#owner.closeRequested(this, message.sessionId);
      case 'hello':
      case 'proof':
        return this.close(RELAY_CLOSE_CODES.protocolError, `${message.type} comes once`);
    }
  }

  #checkAlive(): void {
    const now = performance.now();
    // A relay that was itself held up has not read the answers yet: nobody is given up for that.
    const wasHeldUp = now - this.#checkedAt > HELD_UP * this.#limits.pingInterval;
    this.#checkedAt = now;
    if (!this.#heard && !wasHeldUp) return this.terminate();
    this.#heard = false;
    this.#socket.ping();
  }

  #closed(): void {
    this.#state = { stage: 'closing' };
    clearTimeout(this.#authenticationTimer);
    clearInterval(this.#pingTimer);
    if (this.#closingTimer !== null) clearTimeout(this.#closingTimer);
    this.#owner.closed(this);
  }
}

function parseControl(text: string): EndToRelay | null {
  try {
    return endToRelay.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
