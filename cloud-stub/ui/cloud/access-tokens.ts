import { z } from 'zod';
import { accessToken, issuedToken, type NewAccessToken } from '../../api/contract/access-tokens.ts';
import { request } from './request.ts';

/** One's own access tokens. */
export const accessTokens = {
  list: (signal: AbortSignal) => request({ path: '/api/access-tokens', answer: z.array(accessToken), signal }),
  issue: (body: NewAccessToken) => request({ method: 'POST', path: '/api/access-tokens', body, answer: issuedToken }),
  revoke: (id: string) =>
    request({
      method: 'DELETE',
      path: `/api/access-tokens/${encodeURIComponent(id)}`,
      answer: z.unknown().transform((): void => undefined),
    }),
} as const;
