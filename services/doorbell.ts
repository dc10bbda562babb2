import { pause } from './timing.ts';

/** Lets one loop sleep until something changed. Rings before `wait` are remembered; many rings wake it once. */
export class Doorbell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Rejects with the signal's reason as soon as it is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#rung) {
      await new Promise<void>((resolve, reject) => {
        const abort = () => {
          this.#wake = undefined;
          reject(signal.reason);
        };
        this.#wake = () => {
          signal.removeEventListener('abort', abort);
          this.#wake = undefined;
          resolve();
        };
        signal.addEventListener('abort', abort, { once: true });
      });
    }
    this.#rung = false;
  }

  /** Ends after this time too, rung or not. */
  async waitAtMost(milliseconds: number, signal: AbortSignal): Promise<void> {
    const scope = new AbortController();
    const either = AbortSignal.any([signal, scope.signal]);
    try {
      await Promise.race([this.wait(either), pause(milliseconds, either)]);
    } finally {
      scope.abort();
    }
  }
}
