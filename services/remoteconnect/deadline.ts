import type { Clock } from '../timing.ts';

/**
 * A point in time that cannot be put off: it has come by the wall clock, or when as much time as was left at first
 * sight has passed by the monotonic clock, whichever is first. So neither a clock set back nor one set forward
 * lengthens anything.
 */
export class Deadline {
  readonly at: string;
  readonly #wall: number;
  readonly #monotonic: number;

  /** `at`: ISO 8601. */
  constructor(at: string, clock: Clock) {
    this.at = at;
    this.#wall = Date.parse(at);
    this.#monotonic = clock.monotonic() + (this.#wall - clock.wall());
  }

  hasPassed(clock: Clock): boolean {
    return clock.wall() >= this.#wall || clock.monotonic() >= this.#monotonic;
  }
}
