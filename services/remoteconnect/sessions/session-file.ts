/** What must be remembered of sessions across restarts of the service: one JSON object on disk, by session id. */
import { sessionId } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';
import { readIfPresent, writeDurably } from '../../durable-file.ts';
import { ServiceError, type ServiceErrorCode } from '../../errors.ts';

export class SessionFile<Value> {
  readonly #path: string;
  readonly #schema: z.ZodType<Record<string, Value>>;
  readonly #invalid: ServiceErrorCode;
  #written: string | null = null;
  #lastWriting: Promise<void> = Promise.resolve();

  /** @param invalid the code of the error when the file cannot be used */
  constructor(path: string, value: z.ZodType<Value>, invalid: ServiceErrorCode) {
    this.#path = path;
    this.#schema = z.record(sessionId, value);
    this.#invalid = invalid;
  }

  /** @throws ServiceError: starting as if nothing had been decided is no answer */
  async read(): Promise<Map<string, Value>> {
    const text = await readIfPresent(this.#path);
    this.#written = text;
    try {
      return new Map(text === null ? [] : Object.entries(this.#schema.parse(JSON.parse(text))));
    } catch (error) {
      throw new ServiceError(this.#invalid, this.#path, { cause: error });
    }
  }

  /** Writings are carried out one after the other, in the order of the calls. */
  write(values: ReadonlyMap<string, Value>): Promise<void> {
    const entries = Object.fromEntries(values);
    const writing = this.#lastWriting.then(() => this.#write(entries));
    this.#lastWriting = writing.catch(() => undefined);
    return writing;
  }

  async #write(entries: Readonly<Record<string, Value>>): Promise<void> {
    const text = JSON.stringify(entries);
    if (text === this.#written || (this.#written === null && Object.keys(entries).length === 0)) return;
    await writeDurably(this.#path, text);
    this.#written = text;
  }
}
