import type { Clock } from '../../timing.ts';

/** A clock that stands until a test moves it. */
export class FakeClock implements Clock {
  #wall: number;
  #monotonic = 1000;

  constructor(at: string) {
    this.#wall = Date.parse(at);
  }

  wall(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** Time goes by on both clocks. */
  pass(milliseconds: number): void {
    this.#wall += milliseconds;
    this.#monotonic += milliseconds;
  }

  /** Somebody sets the wall clock. */
  setWall(at: string): void {
    this.#wall = Date.parse(at);
  }
}
