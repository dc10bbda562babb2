/** One request to the cloud: the answer is parsed by its schema, a refusal becomes a `CloudError`. */
import { apiError } from '@edgegateway/protocol/client-api';
import type { z } from 'zod';
import { withVersion } from '../../api/contract/version.ts';

/** `code` is the cloud's, or `unreachable`, `unexpected-answer`, `login-lost`, `cookies-blocked`, `first-step-lost`. `sentence` is what the cloud told the user, or null where the page has to find the words itself. */
export class CloudError extends Error {
  override readonly name = 'CloudError';
  readonly code: string;
  readonly sentence: string | null;
  /** The refusal's whole body, for those that carry more than a sentence. */
  readonly body: unknown;

  constructor(code: string, sentence: string | null, body: unknown = null) {
    super(sentence ?? code);
    this.code = code;
    this.sentence = sentence;
    this.body = body;
  }
}

/** Fires `lost` when an answer says that the login has ended, `incomplete` when a second factor has to be set up first. */
export const login = new EventTarget();

export interface CloudRequest<Answer> {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly answer: z.ZodType<Answer>;
  readonly signal?: AbortSignal;
  /** Where 401 answers the question instead of ending the login: the login itself. */
  readonly refusalKeepsLogin?: boolean;
}

/** @throws CloudError, or the signal's reason when it was aborted */
export async function request<Answer>(asked: CloudRequest<Answer>): Promise<Answer> {
  const response = await send(asked);
  const body: unknown = response.status === 204 ? undefined : await response.json().catch(() => null);
  if (response.ok) {
    const parsed = asked.answer.safeParse(body);
    if (parsed.success) return parsed.data;
    throw new CloudError('unexpected-answer', null, body);
  }
  const refusal = apiError.safeParse(body);
  if (response.status === 401 && asked.refusalKeepsLogin !== true) {
    login.dispatchEvent(new Event('lost'));
    throw new CloudError('login-lost', null);
  }
  if (refusal.success && refusal.data.code === 'second-factor-required') login.dispatchEvent(new Event('incomplete'));
  if (refusal.success) throw new CloudError(refusal.data.code, refusal.data.detail, body);
  throw new CloudError('unexpected-answer', null, body);
}

async function send(asked: CloudRequest<unknown>): Promise<Response> {
  try {
    return await fetch(withVersion(asked.path), {
      method: asked.method ?? 'GET',
      credentials: 'same-origin',
      cache: 'no-store',
      ...(asked.body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(asked.body) }),
      ...(asked.signal === undefined ? {} : { signal: asked.signal }),
    });
  } catch (error) {
    if (asked.signal?.aborted === true) throw error;
    throw new CloudError('unreachable', null);
  }
}
