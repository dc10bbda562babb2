// oxlint-disable oxc/no-async-endpoint-handlers -- a rule for Express; Fastify awaits its handlers
import { registrationId } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';
import { askerOf, userOf } from '../access.ts';
import { gateway, invitation, newGateway, newUser, user } from '../contract.ts';
import { Problem } from '../errors.ts';
import { addGateway, listGateways, removeGateway } from '../gateways.ts';
import { runningThrough } from '../sessions/session-queries.ts';
import { addUser, listUsers } from '../users.ts';
import type { App, Parts } from './parts.ts';

const byRegistrationId = z.object({ registrationId });
const nothing = { 204: z.null() };

export function userRoutes(app: App, { context }: Parts): void {
  app.get('/api/users', { config: { access: 'see-users' }, schema: { response: { 200: z.array(user) } } }, () =>
    listUsers(context.store.read),
  );

  app.post(
    '/api/users',
    { config: { access: 'add-users' }, schema: { body: newUser, response: { 200: invitation } } },
    async (request) => {
      const added = await addUser(context, request.body, askerOf(request));
      context.changes.tell({ topic: 'users', id: added.user.id });
      return added;
    },
  );
}

export function gatewayRoutes(app: App, { context, life, desired }: Parts): void {
  app.get(
    '/api/gateways',
    { config: { access: 'see-gateways' }, schema: { response: { 200: z.array(gateway) } } },
    (request) => listGateways(context, userOf(request)),
  );

  app.post(
    '/api/gateways',
    { config: { access: 'add-devices' }, schema: { body: newGateway, response: { 200: gateway } } },
    async (request) => {
      const { registrationId: id } = request.body;
      await addGateway(context, request.body, askerOf(request));
      await desired.refresh([id]);
      context.changes.tell({ topic: 'gateways', id });
      const added = (await listGateways(context, userOf(request))).find((one) => one.registrationId === id);
      if (added === undefined) throw new Problem('not-found');
      return added;
    },
  );

  app.delete(
    '/api/gateways/:registrationId',
    { config: { access: 'add-devices' }, schema: { params: byRegistrationId, response: nothing } },
    async (request, reply) => {
      const { registrationId: id } = request.params;
      for (const { sessionId, runId } of await runningThrough(context.store.read, id))
        await life.end(sessionId, runId, askerOf(request), 'Ended because its gateway was removed.');
      await removeGateway(context, id, askerOf(request));
      context.changes.tell({ topic: 'gateways', id }, { topic: 'sessions', id: null });
      return reply.code(204).send(null);
    },
  );
}
