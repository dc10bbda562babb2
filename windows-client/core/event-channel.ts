/**
 * The WebSocket between a running session and the cloud: changes come in, status and audit events go out.
 * It comes back by itself after any loss until it is closed or the cloud says that the session is over.
 */
import { EventEmitter } from 'node:events';
import type { Agent } from 'node:https';
import {
  CLIENT_EVENTS_PATH,
  type ClientToCloud,
  type CloudToClient,
  cloudToClient,
} from '@edgegateway/protocol/client-api';
import { isUpgradeStripped } from '@edgegateway/tunnel/io/upgrade-problem';
import { WebSocket } from 'ws';
import { backoffMilliseconds } from './backoff.ts';
import type { CloudAddress } from './cloud-address.ts';
import { connectionProblem } from './connection-problem.ts';
import { ClientError } from './errors.ts';

/** Proxies cut idle connections after 30 seconds and more. */
const PING_MILLISECONDS = 15_000;
const HANDSHAKE_TIMEOUT_MILLISECONDS = 10_000;
/** The cloud's own refusal of a token; a firewall's page says 403. */
const UNAUTHORIZED = 401;
const MESSAGE_LIMIT_BYTES = 1024 * 1024;

export interface EventChannelEvents {
  open: [];
  message: [message: CloudToClient];
  /** The cloud no longer accepts the token: the session is over. */
  rejected: [];
  /** `reason` is a plain sentence; the channel connects again by itself. */
  interrupted: [reason: string];
}

export class EventChannel extends EventEmitter<EventChannelEvents> {
  readonly #cloud: CloudAddress;
  readonly #agent: Agent;
  readonly #token: string;
  readonly #pingMilliseconds: number;
  #socket: WebSocket | null = null;
  #retryTimer: NodeJS.Timeout | null = null;
  #pingTimer: NodeJS.Timeout | null = null;
  #failures = 0;
  #closed = false;

  /** @param agent of that cloud (cloudAgent) */
  constructor(cloud: CloudAddress, agent: Agent, token: string, pingMilliseconds = PING_MILLISECONDS) {
    super();
    this.#cloud = cloud;
    this.#agent = agent;
    this.#token = token;
    this.#pingMilliseconds = pingMilliseconds;
  }

  open(): void {
    const { authority } = this.#cloud;
    const socket = new WebSocket(`wss://${authority}${CLIENT_EVENTS_PATH}`, {
      headers: { authorization: `Bearer ${this.#token}` },
      handshakeTimeout: HANDSHAKE_TIMEOUT_MILLISECONDS,
      maxPayload: MESSAGE_LIMIT_BYTES,
      perMessageDeflate: false,
      agent: this.#agent,
    });
    this.#socket = socket;
    let reason: string | null = null;
    socket.on('open', () => {
      this.#failures = 0;
      this.#keepAlive(socket);
      this.emit('open');
    });
    socket.on('message', (data, isBinary) => {
      const message = isBinary || !Buffer.isBuffer(data) ? null : parseMessage(data.toString());
      if (message === null) socket.close(1008, 'not understood');
      else this.emit('message', message);
    });
    socket.on('unexpected-response', (_request, response) => {
      const { statusCode = 0 } = response;
      reason = refusalOf(authority, statusCode);
      response.destroy();
      socket.terminate();
      if (statusCode === UNAUTHORIZED && !this.#closed) {
        this.close();
        this.emit('rejected');
      }
    });
    socket.on('error', (error) => {
      reason ??= connectionProblem(this.#cloud, error).message;
    });
    socket.on('close', () => this.#interrupted(reason ?? 'The cloud closed the channel.'));
  }

  /** False when the channel is down at the moment: nothing was sent. */
  send(message: ClientToCloud): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  close(): void {
    this.#closed = true;
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#stopKeepAlive();
    this.#socket?.close(1000);
    this.#socket?.terminate();
  }

  #keepAlive(socket: WebSocket): void {
    let answered = true;
    socket.on('pong', () => {
      answered = true;
    });
    this.#pingTimer = setInterval(() => {
      if (!answered) {
        socket.terminate();
        return;
      }
      answered = false;
      socket.ping();
    }, this.#pingMilliseconds);
  }

  #stopKeepAlive(): void {
    if (this.#pingTimer !== null) clearInterval(this.#pingTimer);
    this.#pingTimer = null;
  }

  #interrupted(reason: string): void {
    this.#stopKeepAlive();
    if (this.#closed) return;
    this.#failures += 1;
    this.emit('interrupted', reason);
    this.#retryTimer = setTimeout(() => this.open(), backoffMilliseconds(this.#failures));
  }
}

function refusalOf(authority: string, status: number): string {
  const problem = `${authority} answered the WebSocket upgrade with status ${status}.`;
  return isUpgradeStripped(status) ? new ClientError('upgrade-stripped', problem).message : problem;
}

function parseMessage(text: string): CloudToClient | null {
  try {
    return cloudToClient.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
