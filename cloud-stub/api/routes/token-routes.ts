// oxlint-disable oxc/no-async-endpoint-handlers -- a rule for Express; Fastify awaits its handlers
import { z } from 'zod';
import { askerOf, userOf } from '../access.ts';
import { issueAccessToken, listAccessTokens, revokeAccessToken } from '../access-tokens.ts';
import { accessToken, issuedToken, newAccessToken } from '../contract/access-tokens.ts';
import type { App, Parts } from './parts.ts';

/** One's own tokens; with a login only. */
export function tokenRoutes(app: App, { context }: Parts): void {
  app.get(
    '/api/access-tokens',
    { config: { access: 'logged-in' }, schema: { response: { 200: z.array(accessToken) } } },
    (request) => listAccessTokens(context, userOf(request).id),
  );

  app.post(
    '/api/access-tokens',
    { config: { access: 'logged-in' }, schema: { body: newAccessToken, response: { 200: issuedToken } } },
    async (request) => {
      const issued = await issueAccessToken(context, userOf(request), request.body, askerOf(request));
      context.changes.tell({ topic: 'audit', id: null });
      return issued;
    },
  );

  app.delete(
    '/api/access-tokens/:id',
    { config: { access: 'logged-in' }, schema: { params: z.object({ id: z.uuid() }), response: { 204: z.null() } } },
    async (request, reply) => {
      await revokeAccessToken(context, userOf(request).id, request.params.id, askerOf(request));
      context.changes.tell({ topic: 'audit', id: null });
      return reply.code(204).send(null);
    },
  );
}
