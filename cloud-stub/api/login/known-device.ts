/**
 * Browsers that have logged in to an account before: a sealed cookie, one for each account, given after a whole login. It
 * opens nothing; it only has the guesses of others not count against its bearer (login-throttle.ts).
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Sealing } from '../sealing.ts';
import { hashSecret, randomToken } from '../secrets.ts';

const LIFETIME = 180 * 24 * 60 * 60 * 1000;

const device = z.strictObject({ id: z.string(), until: z.number() });

export class KnownDevices {
  readonly #sealing: Sealing;
  readonly #now: () => Date;

  constructor(sealing: Sealing, now: () => Date) {
    this.#sealing = sealing;
    this.#now = now;
  }

  /** @returns the id of this browser for this account, or null where it is not known */
  idOf(request: FastifyRequest, userId: string): string | null {
    const cookie = request.cookies[cookieName(userId)];
    const opened = cookie === undefined ? null : this.#sealing.open(purpose(userId), cookie);
    if (opened === null) return null;
    const { id, until } = device.parse(JSON.parse(opened));
    return until > this.#now().getTime() ? id : null;
  }

  /** Has the browser known from now on, under the id that it had if any. */
  remember(request: FastifyRequest, reply: FastifyReply, userId: string): void {
    const id = this.idOf(request, userId) ?? randomToken();
    const until = this.#now().getTime() + LIFETIME;
    reply.setCookie(cookieName(userId), this.#sealing.seal(purpose(userId), JSON.stringify({ id, until })), {
      path: '/',
      secure: true,
      httpOnly: true,
      sameSite: 'strict',
      maxAge: LIFETIME / 1000,
    });
  }
}

/** Several people may use one browser. */
function cookieName(userId: string): string {
  return `__Host-remoteconnect-known-${hashSecret(userId).slice(0, 12)}`;
}

function purpose(userId: string): string {
  return `known device of ${userId}`;
}
