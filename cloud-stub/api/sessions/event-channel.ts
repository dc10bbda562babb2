/** One client's WebSocket: its configuration goes out, its status and audit events come in, one after the other. */

import type { AuditEventBatch } from '@edgegateway/protocol/audit-event';
import {
  type ClientToCloud,
  type CloudToClient,
  clientToCloud,
  type KeyForGateway,
  type PeerStatus,
} from '@edgegateway/protocol/client-api';
import { WebSocket } from 'ws';
import { takeEvents } from '../../store/event-intake.ts';
import { storableValue } from '../../store/storable-text.ts';
import type { Context } from '../context.ts';
import type { ClientChannel, ClientChannels } from './client-channels.ts';
import type { DesiredWriter } from './desired-writer.ts';
import { takeEncapsulatedKeys } from './encapsulated-keys.ts';
import type { SessionLife } from './session-life.ts';

/** Of a client that sends faster than the store takes, no more is kept in memory. */
const WAITING_LIMIT = 100;
const PING_MILLISECONDS = 20_000;
const NOT_UNDERSTOOD = 1008;
const REPLACED_OR_OVER = 1000;
const FAILED = 1011;

export interface EventChannelOptions {
  readonly context: Context;
  readonly life: SessionLife;
  readonly desired: DesiredWriter;
  readonly channels: ClientChannels;
  readonly socket: WebSocket;
  readonly runId: string;
  readonly eventToken: string;
  readonly origin: string;
}

export class EventChannel implements ClientChannel {
  readonly eventToken: string;
  readonly #options: EventChannelOptions;
  #work: Promise<void> = Promise.resolve();
  #waiting = 0;
  #isAlive = true;

  constructor(options: EventChannelOptions) {
    this.#options = options;
    this.eventToken = options.eventToken;
  }

  open(): void {
    const { socket, channels, runId } = this.#options;
    const ping = setInterval(() => this.#ping(), PING_MILLISECONDS);
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    // `close` follows and does the rest.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearInterval(ping);
      channels.remove(runId, this);
    });
    channels.add(runId, this);
    // Not only its configuration: the run may have ended since it was looked up.
    this.#inOrder(() => channels.follow(runId));
  }

  send(message: CloudToClient): void {
    if (this.#options.socket.readyState === WebSocket.OPEN) this.#options.socket.send(JSON.stringify(message));
  }

  close(): void {
    this.#options.socket.close(REPLACED_OR_OVER);
  }

  #ping(): void {
    const { socket } = this.#options;
    if (!this.#isAlive) {
      socket.terminate();
      return;
    }
    this.#isAlive = false;
    socket.ping();
  }

  #received(data: WebSocket.RawData, isBinary: boolean): void {
    const message = isBinary || !Buffer.isBuffer(data) ? null : parseMessage(data.toString());
    if (message === null || this.#waiting >= WAITING_LIMIT) {
      this.#options.socket.close(NOT_UNDERSTOOD, 'not understood');
      return;
    }
    this.#inOrder(() => this.#take(message));
  }

  #inOrder(step: () => Promise<void>): void {
    this.#waiting += 1;
    this.#work = this.#work
      .then(step)
      .catch((error: unknown) => {
        this.#options.context.log.error(
          { err: error, run: this.#options.runId },
          'a message of a client was not taken',
        );
        this.#options.socket.close(FAILED, 'try again');
      })
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  async #take(message: ClientToCloud): Promise<void> {
    switch (message.type) {
      case 'status':
        return this.#takeStatus(message.peers);
      case 'encapsulated-keys':
        return this.#takeKeys(message.keys);
      case 'events':
        return this.#takeEvents(message.batch);
      case 'leave':
        return this.#leave();
    }
  }

  async #takeStatus(peers: readonly PeerStatus[]): Promise<void> {
    const { context, life, runId } = this.#options;
    const session = await context.store.write((writer) =>
      writer
        .updateTable('session_runs')
        .set({ peers: JSON.stringify(storableValue(peers)) })
        .where('id', '=', runId)
        .where('ended_at', 'is', null)
        .returning('session_id')
        .executeTakeFirst(),
    );
    if (session === undefined) return;
    if (peers.some(({ state }) => state === 'connected')) await life.connected(runId);
    context.changes.emit('change', { topic: 'sessions', id: session.session_id });
  }

  async #takeKeys(keys: readonly KeyForGateway[]): Promise<void> {
    const { context, desired, runId, origin } = this.#options;
    const { stored, refused } = await context.store.write((writer) => takeEncapsulatedKeys(writer, runId, keys));
    if (refused.length > 0)
      context.log.warn({ run: runId, origin, gateways: refused }, 'a second encapsulated key was refused');
    await desired.refresh(stored);
  }

  async #takeEvents(batch: AuditEventBatch): Promise<void> {
    const { context, life, origin, runId } = this.#options;
    const result = await context.store.write(async (writer) => {
      const run = await this.#run(writer);
      if (run === undefined) return null;
      return takeEvents(
        writer,
        {
          source: `run ${runId}`,
          actor: `client ${run.computer}`,
          origin,
          gateway: null,
          sessionIds: new Set([run.session_id]),
        },
        batch,
        context.now(),
      );
    });
    if (result?.result !== 'stored') return;
    this.send({ type: 'acknowledged', log: result.log, sequence: result.through });
    context.changes.emit('change', { topic: 'audit', id: null });
    if (result.fresh.some(({ detail }) => detail.kind === 'tunnel-connected')) await life.connected(runId);
  }

  async #leave(): Promise<void> {
    const { context, life, origin, runId } = this.#options;
    const run = await this.#run(context.store.read);
    if (run === undefined) return;
    await life.end(
      run.session_id,
      runId,
      { actor: `client ${run.computer}`, origin },
      {
        code: 'left-at-client',
      },
    );
  }

  #run(reader: Context['store']['read']) {
    return reader
      .selectFrom('session_runs')
      .select(['session_id', 'computer'])
      .where('id', '=', this.#options.runId)
      .executeTakeFirst();
  }
}

function parseMessage(text: string): ClientToCloud | null {
  try {
    return clientToCloud.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
