import { vi } from 'vitest';

const STEP_MILLISECONDS = 100;
const MOST_STEPS = 20_000;

const realSetTimeout = setTimeout;

/** Timers, the wall clock and the monotonic clock stand still until a test moves them. Files stay real. */
export function useVirtualTime(now: string): void {
  vi.useFakeTimers({
    now: Date.parse(now),
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
}

/** Lets virtual time go by until the condition holds. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (let step = 0; step < MOST_STEPS; step += 1) {
    if (condition()) return;
    // Work on files ends outside of virtual time; this keeps that time from running far ahead of it.
    await new Promise((resolve) => realSetTimeout(resolve, 1));
    await vi.advanceTimersByTimeAsync(STEP_MILLISECONDS);
  }
  throw new Error(`never came true: ${what}`);
}

/** Lets this much virtual time go by, and what is due in it happen. */
export async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}
