// oxlint-disable oxc/no-async-endpoint-handlers -- a rule for Express; Fastify awaits its handlers
import { registrationId } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';
import { askerOf } from '../access.ts';
import { device, newDevice } from '../contract/devices.ts';
import { addDevice, changeDevice, removeDevice } from '../devices.ts';
import type { App, Parts } from './parts.ts';

const byId = z.object({ id: z.uuid() });
const byRegistrationId = z.object({ registrationId });

export function deviceRoutes(app: App, { context }: Parts): void {
  app.post(
    '/api/gateways/:registrationId/devices',
    {
      config: { access: 'add-devices' },
      schema: { params: byRegistrationId, body: newDevice, response: { 200: device } },
    },
    async (request) => {
      const added = await addDevice(context, request.params.registrationId, request.body, askerOf(request));
      tell(added.gateway);
      return added;
    },
  );

  app.put(
    '/api/devices/:id',
    { config: { access: 'add-devices' }, schema: { params: byId, body: newDevice, response: { 200: device } } },
    async (request) => {
      const changed = await changeDevice(context, request.params.id, request.body, askerOf(request));
      tell(changed.gateway);
      return changed;
    },
  );

  app.delete(
    '/api/devices/:id',
    { config: { access: 'add-devices' }, schema: { params: byId, response: { 204: z.null() } } },
    async (request, reply) => {
      tell(await removeDevice(context, request.params.id, askerOf(request)));
      return reply.code(204).send(null);
    },
  );

  /** Both ends of a running session follow by themselves: triggers have noted it (store/migrations/0008). */
  function tell(gateway: string): void {
    context.changes.tell({ topic: 'gateways', id: gateway }, { topic: 'sessions', id: null });
  }
}
