// oxlint-disable oxc/no-async-endpoint-handlers -- a rule for Express; Fastify awaits its handlers
import { sessionId } from '@edgegateway/protocol/wire-values';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { publicPem } from '../../pki/audit-key.ts';
import { listAudit } from '../../store/audit-queries.ts';
import { askerOf, userOf } from '../access.ts';
import {
  auditExportQuery,
  auditKey,
  auditQuery,
  type ExportFormat,
  sessionAuditPage,
  sessionExportQuery,
  sessionHistory,
} from '../contract/history.ts';
import { auditEntry } from '../contract.ts';
import { EXPORT_TYPES, exportAudit } from '../history/audit-export.ts';
import { sessionHistoryOf } from '../history/session-history.ts';
import { requireSession } from '../sessions/session-queries.ts';
import type { App, Parts } from './parts.ts';

const byId = z.object({ id: sessionId });
const entries = { 200: z.array(auditEntry) };

export function historyRoutes(app: App, { context }: Parts): void {
  const { read } = context.store;

  app.get(
    '/api/sessions/:id/audit',
    { config: { access: 'see-sessions' }, schema: { params: byId, querystring: sessionAuditPage, response: entries } },
    async (request) => {
      const { id } = await requireSession(read, request.params.id, userOf(request), 'see-sessions');
      return listAudit(read, { ...request.query, session: id });
    },
  );

  app.get(
    '/api/sessions/:id/history',
    { config: { access: 'see-sessions' }, schema: { params: byId, response: { 200: sessionHistory } } },
    (request) => sessionHistoryOf(read, request.params.id, userOf(request)),
  );

  app.get(
    '/api/sessions/:id/export',
    { config: { access: 'see-sessions' }, schema: { params: byId, querystring: sessionExportQuery } },
    async (request, reply) => {
      const { id: session } = await requireSession(read, request.params.id, userOf(request), 'see-sessions');
      const { format } = request.query;
      asFile(reply, `session-${session}`, format);
      return reply.send(await exportAudit(context, format, { session }, askerOf(request)));
    },
  );

  app.get(
    '/api/audit',
    { config: { access: 'see-audit' }, schema: { querystring: auditQuery, response: entries } },
    (request) => listAudit(read, request.query),
  );

  app.get(
    '/api/audit/export',
    { config: { access: 'see-audit' }, schema: { querystring: auditExportQuery } },
    async (request, reply) => {
      const { format, ...filter } = request.query;
      asFile(reply, 'audit-log', format);
      return reply.send(await exportAudit(context, format, filter, askerOf(request)));
    },
  );

  app.get('/api/audit/key', { config: { access: 'see-audit' }, schema: { response: { 200: auditKey } } }, () =>
    Promise.resolve({ publicKeyPem: publicPem(context.auditKey) }),
  );
}

function asFile(reply: FastifyReply, name: string, format: ExportFormat): void {
  reply.type(EXPORT_TYPES[format]).header('content-disposition', `attachment; filename="${name}.${format}"`);
}
