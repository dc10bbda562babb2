/** Prints each step when it begins and how long it took, and a summary at the end. */

export interface Step {
  readonly name: string;
  readonly seconds: number;
}

export class Steps {
  readonly #done: Step[] = [];
  readonly #write: (line: string) => void;
  readonly #signal: AbortSignal;

  constructor(write: (line: string) => void, signal: AbortSignal = new AbortController().signal) {
    this.#write = write;
    this.#signal = signal;
  }

  /** Stops whoever walks the steps. */
  get signal(): AbortSignal {
    return this.#signal;
  }

  /** Runs one step, unless the signal was given; an error of `work` ends the step and is thrown on. */
  async step<T>(name: string, work: (tell: (line: string) => void) => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted();
    const start = performance.now();
    this.#write(`… ${name}`);
    const result = await work((line) => this.#write(`    ${line}`));
    const seconds = (performance.now() - start) / 1000;
    this.#done.push({ name, seconds });
    this.#write(`✓ ${name} (${seconds.toFixed(1)} s)`);
    return result;
  }

  summary(): void {
    const total = this.#done.reduce((sum, step) => sum + step.seconds, 0);
    this.#write('');
    for (const { name, seconds } of this.#done) this.#write(`${seconds.toFixed(1).padStart(7)} s  ${name}`);
    this.#write(`${total.toFixed(1).padStart(7)} s  in all`);
  }
}
