const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/**
 * How long to wait before the next attempt: twice as long each time, and never the same for all ends of a relay that
 * comes back.
 * @param failures attempts without success so far, from 1
 * @param random 0 <= random < 1
 * @returns milliseconds: between half of the step and the whole
 */
export function reconnectDelay(failures: number, random: number): number {
  const step = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 30));
  return Math.round(step / 2 + (step / 2) * random);
}
