import type { FastifyReply, FastifyRequest } from 'fastify';
import { AmsFailure } from '../errors.ts';

declare module 'fastify' {
  interface Session {
    loggedIn?: boolean;
  }
}

export const COOKIE_NAME = '__Host-ams';

export function isLoggedIn(request: FastifyRequest): boolean {
  return request.session.get('loggedIn') === true;
}

/** @throws AmsFailure 'not-logged-in' */
export async function requireLogin(request: FastifyRequest): Promise<void> {
  if (!isLoggedIn(request)) throw new AmsFailure('not-logged-in');
}

/** With a new session id: one that was known before the login is worth nothing after it. */
export async function logIn(request: FastifyRequest): Promise<void> {
  await request.session.regenerate();
  request.session.set('loggedIn', true);
}

export async function logOut(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  await request.session.destroy();
  reply.clearCookie(COOKIE_NAME, { path: '/', secure: true, httpOnly: true, sameSite: 'strict' });
}
