/**
 * Keeps this process in step with the others on its database: what is told there reaches the event streams, the clients'
 * channels, the deadlines and the hub here, and what changes here is told.
 */
import { randomUUID } from 'node:crypto';
import { sendNotice } from '../../store/notices.ts';
import type { Context } from '../context.ts';
import type { Change } from '../contract.ts';
import type { ClientChannels } from '../sessions/client-channels.ts';
import type { Deadlines } from '../sessions/deadlines.ts';
import { type Notice, parseNotice } from './notice.ts';
import type { SharedHub } from './shared-hub.ts';

/** A notice holds less than 8000 bytes. */
const CHANGES_A_NOTICE = 50;
const ALL_TOPICS = ['sessions', 'gateways', 'users', 'audit'] as const satisfies readonly Change['topic'][];

export interface ProcessesParts {
  readonly context: Context;
  readonly channels: ClientChannels;
  readonly deadlines: Deadlines;
  readonly hub: SharedHub;
}

export class Processes {
  readonly #parts: ProcessesParts;
  readonly #id = randomUUID();
  readonly #untold = new Map<string, Change>();
  readonly #remember = (change: Change): void => {
    if (this.#untold.size === 0) setImmediate(() => this.#tellChanges());
    this.#untold.set(`${change.topic} ${change.id}`, change);
  };
  readonly #telling = new Set<Promise<void>>();
  #end: () => Promise<void> = () => Promise.resolve();

  constructor(parts: ProcessesParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { context, channels } = this.#parts;
    this.#end = await context.store.notices.listen({
      heard: (text) => this.#heard(text),
      missed: () => this.#missed(),
    });
    context.changes.on('change', this.#remember);
    channels.opened = (runId) => this.#tell({ kind: 'channel', from: this.#id, runId });
  }

  async stop(): Promise<void> {
    this.#parts.context.changes.off('change', this.#remember);
    await Promise.all(this.#telling);
    await this.#end();
  }

  #heard(text: string): void {
    const notice = parseNotice(text);
    if (notice === null) return;
    const { context, channels, deadlines, hub } = this.#parts;
    switch (notice.kind) {
      case 'changes':
        if (notice.from !== this.#id) for (const change of notice.changes) context.changes.emit('heard', change);
        return;
      case 'run':
        this.#run('a client was not told of a change', () => channels.follow(notice.runId));
        this.#run('the next deadline is not known', () => deadlines.arm());
        return;
      case 'hub-work':
        void hub.drain();
        return;
      case 'connection':
      case 'new-leader':
        hub.heard(notice);
        return;
      case 'channel':
        if (notice.from !== this.#id) channels.replaced(notice.runId);
        return;
    }
  }

  /** Anything may have been told: everything is looked at again. */
  #missed(): void {
    const { context, channels, deadlines, hub } = this.#parts;
    this.#run('not known which gateways are connected', async () => {
      await hub.readConnections();
      for (const topic of ALL_TOPICS) context.changes.emit('heard', { topic, id: null });
    });
    this.#run('clients were not told of changes', () => channels.followAll());
    this.#run('the next deadline is not known', () => deadlines.arm());
    void hub.drain();
  }

  #tellChanges(): void {
    const changes = [...this.#untold.values()];
    this.#untold.clear();
    for (let at = 0; at < changes.length; at += CHANGES_A_NOTICE)
      this.#tell({ kind: 'changes', from: this.#id, changes: changes.slice(at, at + CHANGES_A_NOTICE) });
  }

  #tell(told: Notice): void {
    this.#run('other processes were not told', () => sendNotice(this.#parts.context.store.read, JSON.stringify(told)));
  }

  #run(failure: string, work: () => Promise<void>): void {
    const done: Promise<void> = work()
      .catch((error: unknown) => this.#parts.context.log.error({ err: error }, failure))
      .finally(() => this.#telling.delete(done));
    this.#telling.add(done);
  }
}
