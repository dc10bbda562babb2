/**
 * The cloud's event stream, shared by every list on the page: it says what to load again, never the data.
 *
 * EventSource reconnects by itself after a broken line, but gives up for good on a refusal (HTML, server-sent events,
 * "fail the connection"): then the lists load, which finds out whether the login has ended, and this class tries again.
 * Whatever was missed meanwhile is loaded after each opening.
 */
import { withVersion } from '../../api/contract/version.ts';
import { type Change, change } from '../../api/contract.ts';

export type Topic = Change['topic'];
/** `topic` is null when anything may have changed. */
type Listener = (topic: Topic | null) => void;

const RETRY_MILLISECONDS = 5000;

export class ChangeStream {
  readonly #listeners = new Set<Listener>();
  #source: EventSource | null = null;
  #retry: ReturnType<typeof setTimeout> | null = null;
  #interrupted = false;

  open(): void {
    this.close();
    this.#connect();
  }

  close(): void {
    this.#source?.close();
    this.#source = null;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    this.#interrupted = false;
  }

  /** @returns the function that ends the subscription */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #connect(): void {
    this.#retry = null;
    const source = new EventSource(withVersion('/api/events'));
    this.#source = source;
    source.addEventListener('open', () => {
      if (this.#interrupted) for (const listener of this.#listeners) listener(null);
      this.#interrupted = false;
    });
    source.addEventListener('error', () => {
      this.#interrupted = true;
      if (source.readyState !== EventSource.CLOSED || this.#retry !== null) return;
      for (const listener of this.#listeners) listener(null);
      this.#retry = setTimeout(() => this.#connect(), RETRY_MILLISECONDS);
    });
    source.addEventListener('message', (event: MessageEvent<string>) => this.#tell(event.data));
  }

  #tell(text: string): void {
    const parsed = change.safeParse(parseJson(text));
    if (!parsed.success) return;
    for (const listener of this.#listeners) listener(parsed.data.topic);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export const changes = new ChangeStream();
