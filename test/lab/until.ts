import { setTimeout as pause } from 'node:timers/promises';

/** Told when a condition did not come true in time: names the condition and the last thing seen. */
export class ConditionError extends Error {
  override readonly name = 'ConditionError';
}

const POLL_MILLISECONDS = 100;

/**
 * Waits until `condition` gives a value that is neither false nor undefined, and returns it. An error that it throws
 * counts as "not yet" and is told when the time is over.
 * @throws ConditionError after `seconds`
 */
export async function until<T>(
  what: string,
  condition: () => Promise<T | false | undefined> | T | false | undefined,
  seconds = 30,
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  let lastError: unknown;
  do {
    try {
      const value = await condition();
      if (value !== false && value !== undefined) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await pause(POLL_MILLISECONDS);
  } while (performance.now() < end);
  throw new ConditionError(`waited ${seconds} s in vain until ${what}`, { cause: lastError });
}
