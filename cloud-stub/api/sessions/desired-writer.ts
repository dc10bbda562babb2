/**
 * Keeps the desired properties of every gateway equal to the store: whoever changed something asks for a refresh, and
 * what is written is read from the store then. A failed write is told and tried again until it succeeds or the cloud stops.
 */
import type { Context } from '../context.ts';
import { gatewayConfigurationOf } from './configurations.ts';

const RETRY_MILLISECONDS = 5000;

export class DesiredWriter {
  readonly #context: Context;
  readonly #last = new Map<string, Promise<void>>();
  readonly #retries = new Map<string, NodeJS.Timeout>();
  #stopped = false;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Fulfilled after the first attempt for each; never rejects. */
  async refresh(registrationIds: Iterable<string>): Promise<void> {
    await Promise.all([...new Set(registrationIds)].map((registrationId) => this.#refreshOne(registrationId)));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#retries.values()) clearTimeout(timer);
    this.#retries.clear();
    await Promise.all(this.#last.values());
  }

  #refreshOne(registrationId: string): Promise<void> {
    const next = (this.#last.get(registrationId) ?? Promise.resolve()).then(() => this.#write(registrationId));
    this.#last.set(registrationId, next);
    return next;
  }

  async #write(registrationId: string): Promise<void> {
    if (this.#stopped) return;
    clearTimeout(this.#retries.get(registrationId));
    this.#retries.delete(registrationId);
    try {
      const configuration = await gatewayConfigurationOf(this.#context, this.#context.store.read, registrationId);
      if (configuration !== null) await this.#context.hub.setDesired(registrationId, configuration);
    } catch (error) {
      this.#context.log.error(
        { err: error, gateway: registrationId },
        'desired properties were not written; trying again',
      );
      if (this.#stopped) return;
      this.#retries.set(
        registrationId,
        setTimeout(() => void this.#refreshOne(registrationId), RETRY_MILLISECONDS),
      );
    }
  }
}
