// oxlint-disable oxc/no-async-endpoint-handlers -- a rule for Express; Fastify awaits its handlers
/** What administrators do with users that exist. */
import { z } from 'zod';
import { askerOf, userOf } from '../access.ts';
import type { Asker } from '../context.ts';
import { roleChange, userDetails } from '../contract/account.ts';
import { invitation } from '../contract.ts';
import {
  changeRole,
  disableUser,
  enableUser,
  inviteAgain,
  type RunToEnd,
  removeUser,
  resetSecondFactor,
  viewUser,
} from '../user-changes.ts';
import type { App, Parts } from './parts.ts';

const byId = z.object({ id: z.uuid() });
const config = { access: 'add-users' } as const;
const details = { 200: userDetails };

export function userChangeRoutes(app: App, { context, life }: Parts): void {
  app.get('/api/users/:id', { config, schema: { params: byId, response: details } }, (request) =>
    viewUser(context, request.params.id),
  );

  app.put(
    '/api/users/:id/role',
    { config, schema: { params: byId, body: roleChange, response: details } },
    async (request) => {
      const { id } = request.params;
      const runs = await changeRole(context, id, request.body.role, userOf(request), askerOf(request));
      await endRuns(runs, askerOf(request), 'Ended because its user may not use it any more.');
      return changed(id);
    },
  );

  app.delete(
    '/api/users/:id',
    { config, schema: { params: byId, response: { 204: z.null() } } },
    async (request, reply) => {
      const { id } = request.params;
      const runs = await removeUser(context, id, userOf(request), askerOf(request));
      await endRuns(runs, askerOf(request), 'Ended because its user was removed.');
      context.changes.tell({ topic: 'users', id });
      return reply.code(204).send(null);
    },
  );

  app.post('/api/users/:id/disable', { config, schema: { params: byId, response: details } }, async (request) => {
    const { id } = request.params;
    const runs = await disableUser(context, id, userOf(request), askerOf(request));
    await endRuns(runs, askerOf(request), 'Ended because its user was disabled.');
    return changed(id);
  });

  app.post('/api/users/:id/enable', { config, schema: { params: byId, response: details } }, async (request) => {
    await enableUser(context, request.params.id, askerOf(request));
    return changed(request.params.id);
  });

  app.post(
    '/api/users/:id/invite',
    { config, schema: { params: byId, response: { 200: invitation } } },
    async (request) => {
      const made = await inviteAgain(context, request.params.id, askerOf(request));
      context.changes.tell({ topic: 'users', id: request.params.id });
      return made;
    },
  );

  app.delete(
    '/api/users/:id/second-factor',
    { config, schema: { params: byId, response: details } },
    async (request) => {
      await resetSecondFactor(context, request.params.id, userOf(request), askerOf(request));
      return changed(request.params.id);
    },
  );

  async function endRuns(runs: readonly RunToEnd[], asker: Asker, reason: string): Promise<void> {
    for (const { sessionId, runId } of runs) await life.end(sessionId, runId, asker, reason);
  }

  function changed(id: string) {
    context.changes.tell({ topic: 'users', id });
    return viewUser(context, id);
  }
}
