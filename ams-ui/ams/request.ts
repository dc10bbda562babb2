/** One request to the AMS: the answer is parsed by its schema, a refusal becomes an `AmsFailure`. */
import { type AmsErrorCode, amsError } from '@edgegateway/appliance/contract';
import type { z } from 'zod';

/** What the AMS answered, that it did not answer at all or not as the contract says, or that the browser keeps no login. */
export type FailureCode = AmsErrorCode | 'unreachable' | 'unexpected-answer' | 'cookies-blocked';

export class AmsFailure extends Error {
  override readonly name = 'AmsFailure';
  readonly code: FailureCode;
  /** Seconds until the next attempt is taken; null unless throttled. */
  readonly retryAfterSeconds: number | null;

  constructor(code: FailureCode, message: string, retryAfterSeconds: number | null = null) {
    super(message);
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Fires `lost` when an answer says that the login has ended. */
export const login = new EventTarget();

const REQUEST_TIMEOUT_MS = 90_000;

/** @throws AmsFailure */
export async function request<Answer>(
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  answer: z.ZodType<Answer>,
  body?: unknown,
): Promise<Answer> {
  const response = await send(method, path, body);
  const content: unknown = await response.json().catch(() => null);
  if (response.ok) {
    const parsed = answer.safeParse(content);
    if (parsed.success) return parsed.data;
    throw new AmsFailure('unexpected-answer', `${method} ${path} answered something else than agreed`);
  }
  const refusal = amsError.safeParse(content);
  if (!refusal.success) throw new AmsFailure('unexpected-answer', `${method} ${path} answered ${response.status}`);
  if (refusal.data.code === 'not-logged-in') login.dispatchEvent(new Event('lost'));
  throw new AmsFailure(refusal.data.code, refusal.data.message, refusal.data.retryAfterSeconds ?? null);
}

async function send(method: string, path: string, body: unknown): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  } catch {
    throw new AmsFailure('unreachable', `${method} ${path} got no answer`);
  }
}
