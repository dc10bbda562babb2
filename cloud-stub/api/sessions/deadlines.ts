/** One timer for the next moment at which something of a session is over. */
import type { Context } from '../context.ts';
import { nextDue } from './session-sweep.ts';

/** setTimeout takes no more (24.8 days); a later moment is looked at again then. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

export class Deadlines {
  readonly #context: Context;
  readonly #due: () => Promise<void>;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(context: Context, due: () => Promise<void>) {
    this.#context = context;
    this.#due = due;
  }

  /** Sets the timer by what the store says now. */
  async arm(): Promise<void> {
    const next = await nextDue(this.#context);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (next === null || this.#stopped) return;
    const wait = Math.min(Math.max(Date.parse(next) - this.#context.now().getTime(), 0) + 1, LONGEST_TIMEOUT);
    this.#timer = setTimeout(() => void this.#fire(), wait);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #fire(): Promise<void> {
    try {
      await this.#due();
      await this.arm();
    } catch (error) {
      this.#context.log.error({ err: error }, 'sessions whose time is over could not be ended; trying again');
      if (!this.#stopped) this.#timer = setTimeout(() => void this.#fire(), 5000);
    }
  }
}
