import type { FastifyRequest } from 'fastify';
import { AmsFailure } from '../errors.ts';

/** Methods that change nothing (RFC 9110 section 9.2.1). */
const SAFE = new Set(['GET', 'HEAD']);

/**
 * A request that may change something must come from this very page: browsers say so in Origin and Sec-Fetch-Site (Fetch
 * standard, Fetch Metadata). One that does not say is refused.
 * @throws AmsFailure 'foreign-origin'
 */
export function requireSameOrigin(request: Pick<FastifyRequest, 'method' | 'headers'>): void {
  if (SAFE.has(request.method)) return;
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const same = host !== undefined && origin === `https://${host}`;
  if (!same || (site !== undefined && site !== 'same-origin')) throw new AmsFailure('foreign-origin');
}
