// oxlint-disable oxc/no-async-endpoint-handlers -- a rule for Express; Fastify awaits its handlers
/** The client's interface (protocol/client-api.ts): no browser, no cookie; a ticket, then a token. */
import {
  CLIENT_EVENTS_PATH,
  CLIENT_REDEEM_PATH,
  clientConfiguration,
  redeemRequest,
} from '@edgegateway/protocol/client-api';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../errors.ts';
import { addressKeys } from '../login/login-throttle.ts';
import { hashSecret } from '../secrets.ts';
import { EventChannel } from '../sessions/event-channel.ts';
import { redeemTicket } from '../sessions/redeem.ts';
import type { App, Parts } from './parts.ts';

declare module 'fastify' {
  interface FastifyRequest {
    channel: { readonly runId: string; readonly eventToken: string } | null;
  }
}

export function clientRoutes(app: App, parts: Parts): void {
  const { context, throttle } = parts;
  app.decorateRequest('channel', null);

  app.post(
    CLIENT_REDEEM_PATH,
    { config: { access: 'client' }, schema: { body: redeemRequest, response: { 200: clientConfiguration } } },
    async (request) => {
      const keys = addressKeys(request.ip);
      await throttle.attempt(keys);
      try {
        const configuration = await redeemTicket(parts, request.body, request.ip);
        await throttle.succeeded(keys);
        return configuration;
      } catch (error) {
        // Only a ticket that is not valid was a guess.
        if (!(error instanceof Problem) || error.code !== 'ticket-invalid') await throttle.succeeded(keys);
        throw error;
      }
    },
  );

  app.get(
    CLIENT_EVENTS_PATH,
    {
      config: { access: 'client' },
      websocket: true,
      preValidation: async (request) => {
        request.channel = await requireRun(request);
      },
    },
    (socket, request) => {
      if (request.channel === null) return;
      new EventChannel({ ...parts, ...request.channel, socket, origin: request.ip }).open();
    },
  );

  async function requireRun(request: FastifyRequest): Promise<{ runId: string; eventToken: string }> {
    const eventToken = /^Bearer ([A-Za-z0-9_-]{1,200})$/.exec(request.headers.authorization ?? '')?.[1];
    if (eventToken === undefined) throw new Problem('not-logged-in');
    const run = await context.store.read
      .selectFrom('session_runs')
      .select('id')
      .where('event_token_hash', '=', hashSecret(eventToken))
      .where('ended_at', 'is', null)
      .executeTakeFirst();
    if (run === undefined) throw new Problem('not-logged-in');
    return { runId: run.id, eventToken };
  }
}
