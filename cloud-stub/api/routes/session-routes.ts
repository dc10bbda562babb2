// oxlint-disable oxc/no-async-endpoint-handlers -- a rule for Express; Fastify awaits its handlers
import { formatClientLink } from '@edgegateway/protocol/client-api';
import { sessionId } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';
import { askerOf, userOf } from '../access.ts';
import { cloudAuthority } from '../context.ts';
import { sessionsQuery } from '../contract/history.ts';
import { newSession, released, type StartRefusal, session, startAnswer, startRefusal } from '../contract.ts';
import { PROBLEM_TYPE, problemDetails } from '../errors.ts';
import { changeReleased } from '../sessions/change-released.ts';
import { createSession } from '../sessions/prepare-session.ts';
import { findSessions } from '../sessions/session-list.ts';
import { viewSession, viewsOf } from '../sessions/session-view.ts';
import { startSession } from '../sessions/start-session.ts';
import type { App, Parts } from './parts.ts';

const byId = z.object({ id: sessionId });

export function sessionRoutes(app: App, parts: Parts): void {
  const { context, life, deadlines } = parts;
  const { read } = context.store;

  app.get(
    '/api/sessions',
    {
      config: { access: 'see-sessions' },
      schema: { querystring: sessionsQuery, response: { 200: z.array(session) } },
    },
    async (request) => {
      const user = userOf(request);
      return viewsOf(read, await findSessions(read, user, request.query), user);
    },
  );

  app.post(
    '/api/sessions',
    { config: { access: 'create-sessions' }, schema: { body: newSession, response: { 200: session } } },
    async (request) => {
      const id = await createSession(context, request.body, askerOf(request));
      context.changes.tell({ topic: 'sessions', id });
      await deadlines.arm();
      return viewSession(read, id, userOf(request));
    },
  );

  app.get(
    '/api/sessions/:id',
    { config: { access: 'see-sessions' }, schema: { params: byId, response: { 200: session } } },
    (request) => viewSession(read, request.params.id, userOf(request)),
  );

  app.put(
    '/api/sessions/:id/released',
    { config: { access: 'change-sessions' }, schema: { params: byId, body: released, response: { 200: session } } },
    async (request) => {
      const { id } = request.params;
      await changeReleased(parts, id, request.body.released, userOf(request), askerOf(request));
      return viewSession(read, id, userOf(request));
    },
  );

  app.post(
    '/api/sessions/:id/start',
    {
      config: { access: 'start-sessions' },
      schema: { params: byId, response: { 200: startAnswer, 409: startRefusal } },
    },
    async (request, reply) => {
      const { id } = request.params;
      const outcome = await startSession(parts, id, userOf(request), askerOf(request));
      if (outcome.result === 'refused')
        return reply
          .code(409)
          .type(PROBLEM_TYPE)
          .send({
            ...problemDetails('preconditions', sentenceOf(outcome.missing), request.originalUrl),
            missing: [...outcome.missing],
          });
      const cloud = cloudAuthority(context.configuration);
      return {
        session: await viewSession(read, id, userOf(request)),
        link: formatClientLink({ cloud, ticket: outcome.ticket }),
        ticketExpiresAt: outcome.ticketExpiresAt,
      };
    },
  );

  app.post(
    '/api/sessions/:id/end',
    { config: { access: 'end-sessions' }, schema: { params: byId, response: { 200: session } } },
    async (request) => {
      const { id } = request.params;
      await life.endByUser(id, userOf(request), askerOf(request));
      return viewSession(read, id, userOf(request));
    },
  );
}

function sentenceOf(missing: StartRefusal['missing']): string {
  return missing.map(({ message }) => message).join(' ');
}
