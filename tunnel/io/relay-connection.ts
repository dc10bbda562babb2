/**
 * Keeps one connection to one relay until it is closed: dials, proves the key, opens the sessions' tokens, listens for
 * its death, and begins anew (protocol/relay-control.ts).
 */
import { type RelayEndpoint, relayUrl } from '@edgegateway/protocol/network-endpoints';
import { type EndToRelay, RELAY_CLOSE_CODES, type RelayToEnd, relayToEnd } from '@edgegateway/protocol/relay-control';
import {
  decodeRelayFrame,
  encodeRelayFrame,
  RELAY_FRAME_MAX_BYTES,
  type RelayFrame,
  RelayFrameError,
  type RelayFrameType,
} from '@edgegateway/protocol/relay-frame';
import { type RawData, WebSocket } from 'ws';
import type { HttpProxy } from '../http-proxy.ts';
import type { PeerAtRelay } from '../path/path-state.ts';
import type { TunnelLog } from '../tunnel-log.ts';
import type { HostAddresses } from './host-addresses.ts';
import { proxyAgent, proxyProblem } from './proxy-agent.ts';
import { reconnectDelay } from './reconnect-delay.ts';
import { RelayChannels } from './relay-channels.ts';
import type { RelayIdentity } from './relay-proof.ts';
import { RoundTrip } from './round-trip.ts';
import { isUpgradeStripped } from './upgrade-problem.ts';

export interface RelayConnectionOptions {
  readonly relay: RelayEndpoint;
  readonly identity: RelayIdentity;
  /** The only authority trusted for relays; null: the system's. */
  readonly caPem: string | null;
  /** Through which the relay is reached; none: directly. */
  readonly proxy?: HttpProxy | null;
  /** Milliseconds between two signs of life. */
  readonly pingInterval?: number;
  readonly log: TunnelLog;
  readonly addresses: HostAddresses;
  /** `roundTripMs` has been measured again. */
  readonly onRoundTrip: () => void;
  /** Which peers are there has changed. */
  readonly onChange: () => void;
  readonly onPackets: (peer: string, frame: RelayFrame) => void;
}

/** Milliseconds. */
const GREETING_TIMEOUT = 10_000;
/** Proxies cut connections that are idle for 30 s and more. */
const PING_INTERVAL = 15_000;
const PONG_TIMEOUT = 5000;
/** After the computer's network has changed, or a direct path has died, a connection may well be dead. */
const PROOF_TIMEOUT = 1000;
/** A connection that lasted this long was a good one: the next attempt follows soon. */
const GOOD_CONNECTION = 10_000;
/** Another connection of the same key took the place; who is faster must not decide. */
const REPLACED_DELAY = 5000;

/** What waits to be sent, at most: newer packets are dropped, as a full router would. */
const SEND_BUFFER_BYTES = 1024 * 1024;

type State =
  | { readonly stage: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly stage: 'greeting'; readonly socket: WebSocket; readonly timer: NodeJS.Timeout }
  | { readonly stage: 'ready' | 'leaving'; readonly socket: WebSocket; readonly since: number }
  | { readonly stage: 'closed' };

export class RelayConnection {
  readonly #options: RelayConnectionOptions;
  readonly #channels = new RelayChannels();
  readonly #roundTrip = new RoundTrip();
  /** By session. */
  #tokens: ReadonlyMap<string, string> = new Map();
  #state: State;
  #failures = 0;
  #problem: string | null = null;
  /** Of this end of the present connection, once it stands. */
  #localAddress: string | null = null;
  #pingTimer: NodeJS.Timeout | null = null;
  #pongTimer: NodeJS.Timeout | null = null;
  #proofTimer: NodeJS.Timeout | null = null;

  constructor(options: RelayConnectionOptions, tokens: ReadonlyMap<string, string>) {
    this.#options = options;
    this.#tokens = tokens;
    this.#state = this.#dial();
  }

  get name(): string {
    return this.#options.relay.name;
  }

  /** Milliseconds to the relay and back; null while there is no connection. */
  get roundTripMs(): number | null {
    return this.#roundTrip.milliseconds;
  }

  /** Where the peer of this WireGuard public key is, as far as this relay says. */
  peer(publicKey: string): PeerAtRelay {
    if (!this.#channels.isPresent(publicKey)) return 'absent';
    return this.#state.stage === 'leaving' ? 'leaving' : 'present';
  }

  /** Makes these the tokens, by session. What is new or changed is opened, what is gone is closed. */
  setTokens(tokens: ReadonlyMap<string, string>): void {
    const before = this.#tokens;
    this.#tokens = tokens;
    if (this.#state.stage !== 'ready' && this.#state.stage !== 'leaving') return;
    for (const sessionId of before.keys()) {
      if (tokens.has(sessionId)) continue;
      this.#send({ type: 'close', sessionId });
      this.#channels.close(sessionId);
    }
    for (const [sessionId, token] of tokens) {
      if (before.get(sessionId) !== token) this.#send({ type: 'open', token });
    }
    this.#options.onChange();
  }

  /**
   * Sends WireGuard packets to a peer, all in one message; they are dropped when there is no way or no room.
   * @returns whether they were taken
   */
  sendPackets(peer: string, epoch: number, packets: readonly Uint8Array[]): boolean {
    return this.#sendFrame('wireguard', peer, epoch, packets);
  }

  /**
   * Sends a sealed signal to a peer (protocol/signal.ts).
   * @returns whether it was taken: not while the peer is at another relay
   */
  sendSignal(peer: string, box: Uint8Array): boolean {
    return this.#channels.isPresent(peer) && this.#sendFrame('signal', peer, 0, [box]);
  }

  #sendFrame(type: RelayFrameType, peer: string, epoch: number, packets: readonly Uint8Array[]): boolean {
    const state = this.#state;
    const channel = this.#channels.channelOf(peer);
    if ((state.stage !== 'ready' && state.stage !== 'leaving') || channel === null) return false;
    if (state.socket.bufferedAmount > SEND_BUFFER_BYTES) return false;
    state.socket.send(encodeRelayFrame({ type, epoch, channel, packets }), { binary: true });
    return true;
  }

  /**
   * The computer's network has changed. What is left of a connection from an address that is gone is given up and dialled
   * anew at once; a connection that may be alive has to show it soon.
   * @param ownAddresses all that this computer has now
   */
  networkChanged(ownAddresses: ReadonlySet<string>): void {
    const state = this.#state;
    if (state.stage === 'closed') return;
    const isAddressGone = this.#localAddress === null || !ownAddresses.has(this.#localAddress);
    if (isAddressGone) return this.#redial(state, "the computer's network has changed");
    this.#roundTrip.forget();
    this.prove();
  }

  /** A connection that stands has to show soon that it lives, or is dialled anew. */
  prove(): void {
    const state = this.#state;
    if (state.stage !== 'ready' && state.stage !== 'leaving') return;
    // Asked again meanwhile, it has no more time for its answer.
    if (this.#proofTimer !== null) return;
    this.#proofTimer = setTimeout(() => this.#redial(this.#state, 'it does not answer'), PROOF_TIMEOUT);
    this.#ping(state.socket);
  }

  /** Ends it for good. May be called again. */
  close(): void {
    const state = this.#state;
    this.#state = { stage: 'closed' };
    this.#leave(state);
    if ('socket' in state) state.socket.terminate();
  }

  #dial(): State {
    const { relay, caPem, addresses, proxy = null } = this.#options;
    const socket = new WebSocket(relayUrl(relay), {
      perMessageDeflate: false,
      skipUTF8Validation: true,
      maxPayload: RELAY_FRAME_MAX_BYTES,
      handshakeTimeout: GREETING_TIMEOUT,
      minVersion: 'TLSv1.2',
      lookup: addresses.lookup,
      generateMask: maskNothing,
      ...(caPem === null ? {} : { ca: caPem }),
      ...(proxy === null ? {} : { agent: proxyAgent(proxy) }),
    });
    socket.on('unexpected-response', (_request, response) => {
      const { statusCode = 0 } = response;
      const stripped = isUpgradeStripped(statusCode) ? ': a proxy or a firewall on the way removes the upgrade' : '';
      this.#breakOff(socket, `the WebSocket was answered with status ${statusCode}${stripped}`);
    });
    socket.on('upgrade', ({ socket: { localAddress, remoteAddress } }) => {
      if (!this.#isCurrent(socket)) return;
      this.#localAddress = localAddress ?? null;
      if (proxy === null && remoteAddress !== undefined) addresses.remember(relay.host, remoteAddress);
    });
    socket.on('open', () => this.#send({ type: 'hello', publicKey: this.#options.identity.publicKey }));
    socket.on('message', (data, isBinary) => this.#received(socket, data, isBinary));
    socket.on('pong', (answer) => this.#ponged(socket, answer));
    socket.on('error', (error) => {
      if (!this.#isCurrent(socket)) return;
      this.#problem ??= (proxy === null ? null : proxyProblem(proxy, error)?.sentence) ?? error.message;
    });
    socket.on('close', (code, reason) => this.#socketClosed(socket, code, reason.toString()));
    const timer = setTimeout(() => {
      this.#problem = 'it did not answer in time';
      socket.terminate();
    }, GREETING_TIMEOUT);
    return { stage: 'greeting', socket, timer };
  }

  #received(socket: WebSocket, data: RawData, isBinary: boolean): void {
    if (!this.#isCurrent(socket) || !Buffer.isBuffer(data)) return;
    this.#heard();
    if (isBinary) this.#frameReceived(socket, data);
    else this.#controlReceived(socket, data);
  }

  #frameReceived(socket: WebSocket, data: Buffer): void {
    try {
      const frame = decodeRelayFrame(data);
      const peer = this.#channels.peerOf(frame.channel);
      if (peer !== null) this.#options.onPackets(peer, frame);
    } catch (error) {
      if (!(error instanceof RelayFrameError)) throw error;
      this.#breakOff(socket, `it sent a frame that is not understood: ${error.message}`);
    }
  }

  #controlReceived(socket: WebSocket, data: Buffer): void {
    const message = parseControl(data.toString('utf8'));
    if (message === null) return this.#breakOff(socket, 'it sent a message that is not understood');
    switch (message.type) {
      case 'challenge':
        return this.#prove(socket, message);
      case 'ready':
        return this.#ready(socket);
      case 'opened':
        this.#channels.open(message.sessionId, message.channels);
        return this.#options.onChange();
      case 'presence':
        this.#channels.setPresence(message.channel, message.present);
        return this.#options.onChange();
      case 'refused': {
        const { code, message: text, sessionId } = message;
        if (code === 'token-expired' && sessionId !== undefined) this.#channels.close(sessionId);
        this.#options.onChange();
        return this.#options.log('warn', 'A relay refused a session.', { relay: this.name, sessionId, code, text });
      }
      case 'draining':
        return this.#draining();
    }
  }

  #prove(socket: WebSocket, challenge: { readonly publicKey: string; readonly nonce: string }): void {
    let mac: string;
    try {
      mac = this.#options.identity.prove(challenge);
    } catch {
      return this.#breakOff(socket, 'its challenge cannot be answered');
    }
    this.#send({ type: 'proof', mac });
  }

  #ready(socket: WebSocket): void {
    if (this.#state.stage !== 'greeting') return;
    clearTimeout(this.#state.timer);
    this.#state = { stage: 'ready', socket, since: performance.now() };
    this.#pingTimer = setInterval(() => this.#ping(socket), this.#options.pingInterval ?? PING_INTERVAL);
    this.#ping(socket);
    this.#options.log('info', 'Connected to a relay.', { relay: this.name });
    for (const token of this.#tokens.values()) this.#send({ type: 'open', token });
  }

  #draining(): void {
    if (this.#state.stage !== 'ready') return;
    this.#state = { ...this.#state, stage: 'leaving' };
    this.#options.onChange();
  }

  #ping(socket: WebSocket): void {
    socket.ping(this.#roundTrip.ask(performance.now()));
    this.#pongTimer ??= setTimeout(() => {
      this.#problem = 'it has fallen silent';
      socket.terminate();
    }, PONG_TIMEOUT);
  }

  #ponged(socket: WebSocket, answer: Buffer): void {
    if (!this.#isCurrent(socket)) return;
    this.#heard();
    if (this.#roundTrip.answered(answer.toString('latin1'), performance.now())) this.#options.onRoundTrip();
  }

  #heard(): void {
    for (const timer of [this.#pongTimer, this.#proofTimer]) if (timer !== null) clearTimeout(timer);
    [this.#pongTimer, this.#proofTimer] = [null, null];
  }

  #breakOff(socket: WebSocket, problem: string): void {
    this.#problem = problem;
    socket.terminate();
  }

  #socketClosed(socket: WebSocket, code: number, reason: string): void {
    const state = this.#state;
    if (!this.#isCurrent(socket)) return;
    this.#leave(state);
    const wasGood = 'since' in state && performance.now() - state.since >= GOOD_CONNECTION;
    this.#failures = wasGood ? 1 : this.#failures + 1;
    const backoff = reconnectDelay(this.#failures, Math.random());
    const delay = code === RELAY_CLOSE_CODES.replaced ? Math.max(backoff, REPLACED_DELAY) : backoff;
    const problem = this.#problem ?? (reason || `it closed with code ${code}`);
    this.#problem = null;
    this.#options.log('warn', 'The connection to a relay is gone.', { relay: this.name, problem, retryMs: delay });
    const timer = setTimeout(() => {
      this.#state = this.#dial();
    }, delay);
    this.#state = { stage: 'waiting', timer };
    this.#options.onChange();
  }

  #redial(state: State, problem: string): void {
    this.#leave(state);
    this.#failures = 0;
    this.#problem = null;
    this.#options.log('info', 'A relay is dialled again.', { relay: this.name, problem });
    this.#state = this.#dial();
    if ('socket' in state) state.socket.terminate();
    this.#options.onChange();
  }

  #isCurrent(socket: WebSocket): boolean {
    return 'socket' in this.#state && this.#state.socket === socket;
  }

  #send(message: EndToRelay): void {
    if ('socket' in this.#state && this.#state.socket.readyState === WebSocket.OPEN)
      this.#state.socket.send(JSON.stringify(message));
  }

  /** Forgets what belonged to a connection. */
  #leave(state: State): void {
    if ('timer' in state) clearTimeout(state.timer);
    if (this.#pingTimer !== null) clearInterval(this.#pingTimer);
    this.#pingTimer = null;
    this.#heard();
    this.#channels.clear();
    this.#roundTrip.forget();
    this.#localAddress = null;
  }
}

/**
 * Leaves the four zero bytes as they are: ws then masks nothing. Masks protect proxies that mistake frames for HTTP from
 * what a browser's script makes up (RFC 6455 section 10.3); here frames are WireGuard's ciphertext inside TLS, and both
 * ends would spend more time on masks than on encryption.
 */
export function maskNothing(): void {
  // The bytes are zero already.
}

function parseControl(text: string): RelayToEnd | null {
  try {
    return relayToEnd.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
