/** More than a slow machine loses between two looks. */
const LEAP_MS = 10_000;

/**
 * Notices that the computer slept: the wall clock went on, the monotonic one stood still (clock_gettime(2)). A wall
 * clock that was set looks the same, and is as good a reason to trust nothing that was measured before.
 */
export class SleepDetector {
  readonly #wallClock: () => number;
  readonly #monotonicClock: () => number;
  #difference: number;

  constructor(wallClock: () => number, monotonicClock: () => number) {
    this.#wallClock = wallClock;
    this.#monotonicClock = monotonicClock;
    this.#difference = wallClock() - monotonicClock();
  }

  /** Whether it slept since the last call. */
  hasSlept(): boolean {
    const before = this.#difference;
    this.#difference = this.#wallClock() - this.#monotonicClock();
    return this.#difference - before > LEAP_MS;
  }
}
