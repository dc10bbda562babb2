/** Prints each step when it begins, and how it ended and how long it took. */

export interface Step {
  readonly name: string;
  readonly ok: boolean;
  /** Milliseconds. */
  readonly ms: number;
}

export class Steps {
  readonly #write: (line: string) => void;
  readonly #ended: (step: Step) => void;

  /** @param ended called with every step that has ended, well or not */
  constructor(write: (line: string) => void, ended: (step: Step) => void = () => undefined) {
    this.#write = write;
    this.#ended = ended;
  }

  /** Runs one step; an error of `work` ends the step and is thrown on. */
  async step<T>(name: string, work: (tell: (line: string) => void) => Promise<T>): Promise<T> {
    const start = performance.now();
    const end = (ok: boolean): void => {
      const ms = Math.round(performance.now() - start);
      this.#write(`${ok ? '✓' : '✗'} ${name} (${(ms / 1000).toFixed(1)} s)`);
      this.#ended({ name, ok, ms });
    };
    this.#write(`… ${name}`);
    try {
      const result = await work((line) => this.#write(`    ${line}`));
      end(true);
      return result;
    } catch (error) {
      end(false);
      throw error;
    }
  }
}

/**
 * One line a step, and one for all.
 * @param total milliseconds: less than the sum of steps that ran beside each other
 */
export function summaryOf(steps: readonly Step[], total: number): string {
  const lines = [...steps, { name: 'in all', ok: true, ms: total }].map(
    ({ name, ok, ms }) => `${(ms / 1000).toFixed(1).padStart(7)} s  ${name}${ok ? '' : ': failed'}`,
  );
  return lines.join('\n');
}
