// oxlint-disable oxc/no-async-endpoint-handlers -- a rule for Express; Fastify awaits its handlers
import { registrationId } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';
import { askerOf } from '../access.ts';
import { disableGateway, enableGateway } from '../admission.ts';
import { enrolmentGroup, newEnrolmentGroup } from '../contract/enrolment.ts';
import { addEnrolmentGroup, listEnrolmentGroups, removeEnrolmentGroup } from '../enrolment-groups.ts';
import { runningThrough } from '../sessions/session-queries.ts';
import type { App, Parts } from './parts.ts';

const byId = z.object({ id: z.uuid() });
const byRegistrationId = z.object({ registrationId });
const nothing = { 204: z.null() };

export function enrolmentRoutes(app: App, { context, life, desired }: Parts): void {
  app.post(
    '/api/gateways/:registrationId/disable',
    { config: { access: 'add-devices' }, schema: { params: byRegistrationId, response: nothing } },
    async (request, reply) => {
      const { registrationId: id } = request.params;
      for (const { sessionId, runId } of await runningThrough(context.store.read, id))
        await life.end(sessionId, runId, askerOf(request), 'Ended because its gateway was disabled.');
      await disableGateway(context, id, askerOf(request));
      context.changes.tell({ topic: 'gateways', id }, { topic: 'sessions', id: null });
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/api/gateways/:registrationId/enable',
    { config: { access: 'add-devices' }, schema: { params: byRegistrationId, response: nothing } },
    async (request, reply) => {
      const { registrationId: id } = request.params;
      await enableGateway(context, id, askerOf(request));
      await desired.refresh([id]);
      context.changes.tell({ topic: 'gateways', id }, { topic: 'sessions', id: null });
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/api/enrolment-groups',
    { config: { access: 'add-devices' }, schema: { response: { 200: z.array(enrolmentGroup) } } },
    () => listEnrolmentGroups(context),
  );

  app.post(
    '/api/enrolment-groups',
    { config: { access: 'add-devices' }, schema: { body: newEnrolmentGroup, response: { 200: enrolmentGroup } } },
    async (request) => {
      const added = await addEnrolmentGroup(context, request.body, askerOf(request));
      context.changes.tell({ topic: 'gateways', id: null });
      return added;
    },
  );

  app.delete(
    '/api/enrolment-groups/:id',
    { config: { access: 'add-devices' }, schema: { params: byId, response: nothing } },
    async (request, reply) => {
      await removeEnrolmentGroup(context, request.params.id, askerOf(request));
      context.changes.tell({ topic: 'gateways', id: null });
      return reply.code(204).send(null);
    },
  );
}
