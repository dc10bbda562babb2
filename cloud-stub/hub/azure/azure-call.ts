/**
 * One call to Azure's service side: bounded in time, tried again where Azure says that it may be, and its errors told as
 * ours ("Retry patterns", "Understand and resolve Azure IoT Hub errors").
 */
import { setTimeout as pause } from 'node:timers/promises';
import { HubError } from '../hub-error.ts';

export interface CallTiming {
  /** Milliseconds that one attempt may take; the SDK itself waits for ever. */
  readonly attempt: number;
  /** Milliseconds before the second attempt; doubled for each further one. `Retry-After` is longer where it is given. */
  readonly firstPause: number;
  readonly attempts: number;
}

export const CALL_TIMING: CallTiming = { attempt: 30_000, firstPause: 500, attempts: 5 };

/** Nobody waits longer than this for `Retry-After`; the caller is told then. */
const LONGEST_PAUSE = 30_000;

/** What an error of the SDKs has to tell: `response` is set by their RestApiClient.translateError. */
interface SdkError {
  readonly response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, unknown>> };
}

/**
 * @param signal ends the waiting between two attempts
 * @throws HubError 'hub-busy' (429, 5xx and no answer, after the last attempt) | 'hub-refused' (401, 403) |
 *   'hub-unreachable'; another answer is thrown as the SDK gives it, see `statusOf`
 */
export async function azureCall<Result>(
  call: () => Promise<Result>,
  signal: AbortSignal,
  timing: CallTiming = CALL_TIMING,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await withinTime(call, timing.attempt);
    } catch (error) {
      const status = statusOf(error);
      if (status === 401 || status === 403)
        throw new HubError('hub-refused', `Azure refuses this key (${status}).`, { cause: error });
      if (!isRetriable(status)) throw error;
      if (attempt === timing.attempts) throw giveUp(status, error);
      await pause(pauseAfter(error, timing.firstPause * 2 ** (attempt - 1)), undefined, { signal });
    }
  }
}

/** The HTTP status that Azure answered with; null: no answer. */
export function statusOf(error: unknown): number | null {
  return sdkError(error).response?.statusCode ?? null;
}

/** @returns null in place of an answer 404 */
export async function orNull<Result>(call: Promise<Result>): Promise<Result | null> {
  try {
    return await call;
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

function isRetriable(status: number | null): boolean {
  return status === null || status === 408 || status === 429 || status >= 500;
}

function giveUp(status: number | null, cause: unknown): HubError {
  return status === null
    ? new HubError('hub-unreachable', 'Azure does not answer.', { cause })
    : new HubError('hub-busy', `Azure answers ${status}.`, { cause });
}

/** Milliseconds: what Azure asks for, at least our own. */
export function pauseAfter(error: unknown, own: number): number {
  const header = sdkError(error).response?.headers?.['retry-after'];
  const asked = typeof header === 'string' && /^\d{1,5}$/.test(header) ? Number(header) * 1000 : 0;
  return Math.min(Math.max(own, asked), LONGEST_PAUSE);
}

async function withinTime<Result>(call: () => Promise<Result>, milliseconds: number): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('no answer in time')), milliseconds);
  try {
    return await Promise.race([call(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function sdkError(error: unknown): SdkError {
  return typeof error === 'object' && error !== null ? error : {};
}
