import type { RateLimit } from './limits.ts';

/** Lets `burst` through at once and `perSecond` in the long run: events or bytes. Times are monotonic milliseconds. */
export class TokenBucket {
  readonly #limit: RateLimit;
  #tokens: number;
  #filledAt: number;

  constructor(limit: RateLimit, now: number) {
    this.#limit = limit;
    this.#tokens = limit.burst;
    this.#filledAt = now;
  }

  /** False when this is too much; nothing is taken then. */
  take(now: number, amount = 1): boolean {
    this.#fill(now);
    if (this.#tokens < amount) return false;
    this.#tokens -= amount;
    return true;
  }

  isFull(now: number): boolean {
    this.#fill(now);
    return this.#tokens === this.#limit.burst;
  }

  #fill(now: number): void {
    const gained = (Math.max(now - this.#filledAt, 0) / 1000) * this.#limit.perSecond;
    this.#tokens = Math.min(this.#tokens + gained, this.#limit.burst);
    this.#filledAt = now;
  }
}
