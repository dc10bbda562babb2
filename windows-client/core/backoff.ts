const FIRST_MILLISECONDS = 250;
const CAP_MILLISECONDS = 10_000;

/** Exponential with jitter: half of each step is certain, half is chance. `failures` counts from 1. */
export function backoffMilliseconds(failures: number, random: () => number = Math.random): number {
  const step = Math.min(FIRST_MILLISECONDS * 2 ** Math.min(failures - 1, 30), CAP_MILLISECONDS);
  return step * (0.5 + random() / 2);
}
