/** Signals that ask a program to end (signal(7)), as a person sends them: by pressing Ctrl-C, perhaps twice. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** npm and its shell pass on what a terminal has sent to the program already: all of that is one press. */
const ONE_PRESS_MILLISECONDS = 500;

/** How many presses these signals are. */
export class PressCounter {
  #presses = 0;
  #last = -Infinity;

  /**
   * @param now milliseconds of a monotonic clock
   * @returns the number of the press, or null where the signal belongs to the last one
   */
  count(now: number): number | null {
    const isSame = now - this.#last < ONE_PRESS_MILLISECONDS;
    this.#last = now;
    if (isSame) return null;
    this.#presses += 1;
    return this.#presses;
  }
}

/**
 * Calls `listener` with the number of each press; the process no longer ends by itself.
 * @returns ends that
 */
export function onPress(listener: (presses: number) => void): () => void {
  const counter = new PressCounter();
  const heard = (): void => {
    const press = counter.count(performance.now());
    if (press !== null) listener(press);
  };
  for (const signal of SIGNALS) process.on(signal, heard);
  return () => {
    for (const signal of SIGNALS) process.off(signal, heard);
  };
}
