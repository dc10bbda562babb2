/**
 * A relay: TLS, WebSocket at RELAY_PATH, and the table that says who meets whom. Keeps no state beyond its connections.
 */
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { RELAY_PATH } from '@edgegateway/protocol/network-endpoints';
import { RELAY_CLOSE_CODES } from '@edgegateway/protocol/relay-control';
import { RELAY_FRAME_MAX_BYTES, rewriteChannel } from '@edgegateway/protocol/relay-frame';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { listen } from '../listen.ts';
import { OpenSockets } from '../open-sockets.ts';
import { AddressLimits } from './address-limits.ts';
import { RELAY_LIMITS, type RelayLimits } from './limits.ts';
import { MetricsListener, type MetricsListenerOptions } from './metrics-listener.ts';
import { CLOSING_HANDSHAKE, RelayConnection, type RelayConnectionOwner } from './relay-connection.ts';
import { RelayMetrics } from './relay-metrics.ts';
import { channelOfFrame } from './relayed-frame.ts';
import { type Notice, RoutingTable } from './routing-table.ts';
import type { TokenCheck } from './token-check.ts';

const EXPIRY_INTERVAL = 1000;
const REQUEST_TIMEOUT = 10_000;

export interface RelayServerOptions {
  readonly name: string;
  readonly address: string;
  /** 0: any free one */
  readonly port: number;
  readonly certPem: string;
  readonly keyPem: string;
  readonly checkToken: TokenCheck;
  readonly log: Logger;
  /** Where the metrics are served; nowhere unless given. */
  readonly metrics?: MetricsListenerOptions | undefined;
  readonly limits?: Partial<RelayLimits>;
  /** Milliseconds since 1970 */
  readonly now?: () => number;
}

export class RelayServer implements RelayConnectionOwner {
  readonly #options: RelayServerOptions;
  readonly #limits: RelayLimits;
  readonly #now: () => number;
  readonly #server: Server;
  readonly #sockets: OpenSockets;
  readonly #webSockets: WebSocketServer;
  readonly #table: RoutingTable<RelayConnection>;
  readonly #connections = new Set<RelayConnection>();
  readonly #addresses: AddressLimits;
  readonly #metrics = new RelayMetrics({
    connections: () => this.#connections.size,
    sessions: () => this.#table.sessions,
  });
  #metricsListener: MetricsListener | null = null;
  #expiryTimer: NodeJS.Timeout | null = null;
  #stopping: PromiseWithResolvers<void> | null = null;

  constructor(options: RelayServerOptions) {
    this.#options = options;
    this.#limits = { ...RELAY_LIMITS, ...options.limits };
    this.#now = options.now ?? Date.now;
    this.#table = new RoutingTable(this.#limits);
    this.#addresses = new AddressLimits(this.#limits);
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: RELAY_FRAME_MAX_BYTES,
      perMessageDeflate: false,
    });
    this.#server = createServer(
      {
        cert: options.certPem,
        key: options.keyPem,
        minVersion: 'TLSv1.2',
        handshakeTimeout: REQUEST_TIMEOUT,
        headersTimeout: REQUEST_TIMEOUT,
        requestTimeout: REQUEST_TIMEOUT,
      },
      (request, response) => {
        const status = request.url === RELAY_PATH ? 426 : 404;
        response.writeHead(status, { connection: 'close', upgrade: 'websocket' }).end();
      },
    );
    this.#sockets = new OpenSockets(this.#server);
    // Some more than WebSockets are let in, so that one too many can still be told why it is refused.
    this.#server.maxConnections = this.#limits.connections + 200;
    this.#server.on('connection', (tcp: Socket) => {
      if (this.#addresses.mayConnect(tcp.remoteAddress ?? '', performance.now())) return;
      this.#metrics.refused('new-connections');
      tcp.destroy();
    });
    this.#server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => socket.destroy());
      if (request.url !== RELAY_PATH) {
        socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
        return;
      }
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket, request.socket));
    });
  }

  /**
   * @returns the port
   * @throws ListenError
   */
  async start(): Promise<number> {
    const port = await listen(
      this.#server,
      `The relay ${this.#options.name}`,
      this.#options.address,
      this.#options.port,
    );
    if (this.#options.metrics !== undefined)
      this.#metricsListener = await MetricsListener.start(this.#metrics, this.#options.metrics);
    this.#expiryTimer = setInterval(() => {
      this.#deliver(this.#table.expire(Math.floor(this.#now() / 1000)));
      this.#addresses.forgetIdle(performance.now());
    }, EXPIRY_INTERVAL);
    return port;
  }

  /** Of the metrics; null where none are served. */
  get metricsPort(): number | null {
    return this.#metricsListener?.port ?? null;
  }

  /** Tells the ends to move to another relay, gives them time, then closes. */
  async stop(): Promise<void> {
    if (this.#stopping !== null) return this.#stopping.promise;
    const stopping = Promise.withResolvers<void>();
    this.#stopping = stopping;
    this.#server.close(() => stopping.resolve());
    for (const connection of this.#connections) connection.sendControl({ type: 'draining' });
    const timers = [
      setTimeout(() => this.#closeAll(), this.#limits.draining),
      setTimeout(() => this.#sockets.destroyAll(), this.#limits.draining + CLOSING_HANDSHAKE),
    ];
    await stopping.promise;
    for (const timer of timers) clearTimeout(timer);
    if (this.#expiryTimer !== null) clearInterval(this.#expiryTimer);
    await this.#metricsListener?.close();
  }

  authenticated(connection: RelayConnection, key: string): void {
    const { replaced, notices } = this.#table.attach(key, connection);
    replaced?.close(RELAY_CLOSE_CODES.replaced, 'a newer connection of the same key');
    this.#deliver(notices);
    this.#options.log.info(
      { key, address: connection.remoteAddress, replaced: replaced !== null },
      'An end connected.',
    );
  }

  async openRequested(connection: RelayConnection, key: string, token: string): Promise<void> {
    const verdict = await this.#options.checkToken(token, key, this.#now());
    switch (verdict.verdict) {
      case 'good':
        this.#deliver(this.#table.open(connection, verdict.claims));
        return;
      case 'refused': {
        const { code, message, sessionId } = verdict;
        this.#metrics.refused(code);
        this.#options.log.warn({ key, address: connection.remoteAddress, code }, 'A token was refused.');
        connection.sendControl({ type: 'refused', code, message, ...(sessionId === undefined ? {} : { sessionId }) });
      }
    }
  }

  closeRequested(connection: RelayConnection, sessionId: string): void {
    this.#deliver(this.#table.close(connection, sessionId));
  }

  frameReceived(connection: RelayConnection, message: Uint8Array, packets: number, now: number): void {
    const route = this.#table.route(connection, channelOfFrame(message));
    if (route === null) return this.#metrics.dropped('no-route');
    if (!route.tokenBytes.take(now, message.length)) return this.#metrics.dropped('token-rate');
    rewriteChannel(message, route.channel);
    this.#metrics.forwarded(packets, message.length);
    route.to.sendFrame(message, now);
  }

  closed(connection: RelayConnection): void {
    this.#connections.delete(connection);
    this.#addresses.left(connection.share);
    this.#deliver(this.#table.detach(connection));
    const { provedKey: key, remoteAddress: address, droppedFrames } = connection;
    // Strangers come and go as they like: they must not fill the log.
    if (key === null) this.#options.log.debug({ address }, 'A connection without proof ended.');
    else this.#options.log.info({ key, address, droppedFrames }, 'An end is gone.');
  }

  #accept(socket: WebSocket, tcp: Socket): void {
    const { share, isTooMany } = this.#addresses.joined(tcp.remoteAddress ?? '', performance.now());
    const [limits, metrics] = [this.#limits, this.#metrics];
    const connection = new RelayConnection({ socket, tcp, share, owner: this, limits, metrics });
    this.#connections.add(connection);
    if (this.#stopping !== null) connection.close(1001, 'the relay is about to stop');
    else if (isTooMany || this.#connections.size > limits.connections)
      connection.close(RELAY_CLOSE_CODES.tooManyConnections, 'too many connections');
  }

  #deliver(notices: readonly Notice<RelayConnection>[]): void {
    for (const { to, message } of notices) {
      if (message.type === 'refused') this.#metrics.refused(message.code);
      to.sendControl(message);
    }
  }

  #closeAll(): void {
    for (const connection of this.#connections) connection.close(1001, 'the relay stops');
  }
}
