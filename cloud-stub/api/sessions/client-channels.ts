/** The open event channels of clients at this process, one a run: the newest takes the place of an older one. */
import type { CloudToClient } from '@edgegateway/protocol/client-api';
import type { Context } from '../context.ts';
import { clientConfigurationOf } from './configurations.ts';

export interface ClientChannel {
  /** As the client showed it; the store has only its hash. */
  readonly eventToken: string;
  send(message: CloudToClient): void;
  /** The session is over, or another channel took its place. */
  close(): void;
}

const OVER = 'The session is over.';

export class ClientChannels {
  /** Called when a client has opened a channel here: another process may hold its former one. */
  opened: (runId: string) => void = () => undefined;
  readonly #context: Context;
  readonly #channels = new Map<string, ClientChannel>();
  /** What each channel was last sent; the same is not sent twice. */
  readonly #sent = new WeakMap<ClientChannel, string>();

  constructor(context: Context) {
    this.#context = context;
  }

  get count(): number {
    return this.#channels.size;
  }

  add(runId: string, channel: ClientChannel): void {
    this.#channels.get(runId)?.close();
    this.#channels.set(runId, channel);
    this.opened(runId);
  }

  remove(runId: string, channel: ClientChannel): void {
    if (this.#channels.get(runId) === channel) this.#channels.delete(runId);
  }

  /** Sends the run's present configuration to its client, if it is there. */
  async pushConfiguration(runId: string): Promise<void> {
    const channel = this.#channels.get(runId);
    if (channel === undefined) return;
    const configuration = await clientConfigurationOf(
      this.#context,
      this.#context.store.read,
      runId,
      channel.eventToken,
    );
    const text = JSON.stringify(configuration);
    if (configuration === null || this.#sent.get(channel) === text) return;
    this.#sent.set(channel, text);
    channel.send({ type: 'configuration', configuration });
  }

  /** What the store says of the run reaches its client, if it is here: its present configuration, or that it is over. */
  async follow(runId: string): Promise<void> {
    if (!this.#channels.has(runId)) return;
    const run = await this.#context.store.read
      .selectFrom('session_runs as r')
      .innerJoin('sessions as s', 's.id', 'r.session_id')
      .select(['r.ended_at', 's.state_reason', 's.run_id'])
      .where('r.id', '=', runId)
      .executeTakeFirst();
    if (run?.ended_at === null) await this.pushConfiguration(runId);
    else this.end(runId, run?.run_id === runId && run.state_reason !== '' ? run.state_reason : OVER);
  }

  async followAll(): Promise<void> {
    for (const runId of this.#channels.keys()) await this.follow(runId);
  }

  /** The client has opened a channel at another process. */
  replaced(runId: string): void {
    const channel = this.#channels.get(runId);
    this.#channels.delete(runId);
    channel?.close();
  }

  end(runId: string, reason: string): void {
    const channel = this.#channels.get(runId);
    if (channel === undefined) return;
    this.#channels.delete(runId);
    channel.send({ type: 'ended', reason: reason.slice(0, 200) });
    channel.close();
  }

  closeAll(): void {
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
  }
}
