// oxlint-disable oxc/no-async-endpoint-handlers -- a rule for Express; Fastify awaits its handlers
/** Editing and duplicating sessions, what a start needs, and ending all that reach through a gateway. */
import { registrationId, sessionId } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';
import { askerOf, userOf } from '../access.ts';
import { endedSessions, startChecks } from '../contract/session-rules.ts';
import { session, sessionEdit } from '../contract.ts';
import { duplicateSession, editSession } from '../sessions/edit-session.ts';
import { currentRun, requireSession } from '../sessions/session-queries.ts';
import { viewSession } from '../sessions/session-view.ts';
import { startNeeds } from '../sessions/start-needs.ts';
import { startChecksOf } from '../sessions/start-preconditions.ts';
import type { App, Parts } from './parts.ts';

const byId = z.object({ id: sessionId });
const byRegistrationId = z.object({ registrationId });

export function sessionRuleRoutes(app: App, { context, life, deadlines }: Parts): void {
  const { read } = context.store;

  app.put(
    '/api/sessions/:id',
    { config: { access: 'change-sessions' }, schema: { params: byId, body: sessionEdit, response: { 200: session } } },
    async (request) => {
      const { id } = request.params;
      await editSession(context, id, request.body, userOf(request), askerOf(request));
      await deadlines.arm();
      return viewSession(read, id, userOf(request));
    },
  );

  app.post(
    '/api/sessions/:id/duplicate',
    { config: { access: 'create-sessions' }, schema: { params: byId, response: { 200: session } } },
    async (request) => {
      const id = await duplicateSession(context, request.params.id, userOf(request), askerOf(request));
      await deadlines.arm();
      return viewSession(read, id, userOf(request));
    },
  );

  app.get(
    '/api/sessions/:id/preconditions',
    { config: { access: 'start-sessions' }, schema: { params: byId, response: { 200: startChecks } } },
    async (request) => {
      const user = userOf(request);
      const row = await requireSession(read, request.params.id, user, 'start-sessions');
      const now = context.now();
      const needs = await startNeeds(context, read, row, await currentRun(read, row), user, now);
      return {
        checks: startChecksOf(needs, now),
        clientDownload: context.configuration.clientDownload ?? null,
      };
    },
  );

  app.post(
    '/api/gateways/:registrationId/end-sessions',
    { config: { access: 'end-all-sessions' }, schema: { params: byRegistrationId, response: { 200: endedSessions } } },
    async (request) => ({
      ended: await life.endAllThrough(request.params.registrationId, userOf(request), askerOf(request)),
    }),
  );
}
