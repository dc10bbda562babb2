import { ServiceError } from './errors.ts';

/** `wall` can be set by anyone (NTP, an administrator); `monotonic` only runs forward. Both in milliseconds. */
export interface Clock {
  wall(): number;
  monotonic(): number;
}

export const systemClock: Clock = { wall: () => Date.now(), monotonic: () => performance.now() };

export function timestampOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', abort, { once: true });
  });
}

/**
 * Runs `work` with a signal of its own, aborted when the time is over or `signal` is aborted. Does not wait for work
 * that ignores its signal (the Azure SDKs' promises may stay open for ever).
 * @throws ServiceError 'timed-out' naming `what`
 */
export async function withTimeout<T>(
  what: string,
  milliseconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (reason: unknown) => {
    controller.abort(reason);
    reject(reason);
  };
  const abort = () => stop(signal.reason);
  const timer = setTimeout(
    () => stop(new ServiceError('timed-out', `${what}, ${milliseconds / 1000} s`)),
    milliseconds,
  );
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work(controller.signal), aborted]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

export interface BackoffOptions {
  readonly firstMilliseconds: number;
  readonly capMilliseconds: number;
  /** 0 <= random() < 1 */
  readonly random?: () => number;
}

/** Exponential with jitter: half of the step is certain, half is chance. `failures` counts from 1. */
export function backoffDelay(failures: number, options: BackoffOptions): number {
  const exponent = Math.min(Math.max(failures, 1) - 1, 30);
  const step = Math.min(options.firstMilliseconds * 2 ** exponent, options.capMilliseconds);
  return Math.round(step * (0.5 + (options.random ?? Math.random)() / 2));
}
